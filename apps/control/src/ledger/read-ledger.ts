/** Reads the ledger page by page. What is shown is what is stored; nothing is summed or rounded here. */
import type {
  CallProofList,
  LedgerLineList,
  LedgerState,
  LineProof,
  LineQuery,
  RollUpList,
  RollUpQuery,
} from '#contracts/api/ledger-api.js';
import { encodeProof } from '#domain/ledger/inclusion-proof.js';
import type { ControlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';

type Reading = Pick<ControlContext, 'ledger' | 'organisation'>;

export async function readState({ ledger, organisation }: Reading): Promise<LedgerState> {
  return {
    log: organisation,
    size: await ledger.size(organisation),
    pending: await ledger.pendingCount(organisation),
    checkpoint: await ledger.latestCheckpoint(organisation),
  };
}

export async function readLines(
  { ledger, organisation }: Reading,
  { from, count, kind, useCase }: LineQuery,
): Promise<LedgerLineList> {
  const toIndex = await ledger.size(organisation);
  const items: LedgerLineList['items'] = [];
  const range = { fromIndex: from, toIndex, ...(kind && { kinds: [kind] }), ...(useCase && { useCase }) };
  for await (const line of ledger.entries(organisation, range)) {
    if (items.length === count) return { items, next: line.index };
    items.push({ index: line.index, recordedAt: line.recordedAt, entry: line.entry });
  }
  return { items, next: null };
}

/** Against the newest checkpoint. Throws `not_found` for a line it does not cover yet. */
export async function proveLine({ ledger, organisation }: Reading, index: number): Promise<LineProof> {
  const checkpoint = await ledger.latestCheckpoint(organisation);
  if (!checkpoint || index >= checkpoint.size) throw notFound(`line ${index} under a checkpoint yet`);
  const { size, leafHash, root, proof } = await ledger.inclusionProof(organisation, index, checkpoint.size);
  return { index, size, leafHash: hex(leafHash), root: hex(root), proof: proof.map(hex) };
}

/**
 * Every line about a call that the newest checkpoint covers, each with the proof that it does, as self-contained text.
 * Throws `not_found` where there is none.
 */
export async function proveCall({ ledger, organisation }: Reading, callId: string): Promise<CallProofList> {
  const checkpoint = await ledger.latestCheckpoint(organisation);
  const lines = (await ledger.findByCall(callId)).filter(({ entry }) => entry.log === organisation);
  const covered = lines.filter(({ index }) => checkpoint && index < checkpoint.size);
  if (!checkpoint || covered.length === 0) throw notFound(`call ${callId} under a checkpoint yet`);
  const items = covered.map(async ({ index, bytes }) => {
    const { proof } = await ledger.inclusionProof(organisation, index, checkpoint.size);
    const text = encodeProof({ index: BigInt(index), line: bytes, hashes: proof, checkpoint: checkpoint.note });
    return { index, text };
  });
  return { items: await Promise.all(items) };
}

/** Sums by day as the worker keeps them; a day whose rows do not have their checksum is a fault, not an answer. */
export async function readRollUps(
  { rollUps }: Pick<ControlContext, 'rollUps'>,
  { from, to, useCase }: RollUpQuery,
): Promise<RollUpList> {
  const { rows, checksums } = await rollUps.read({ fromDay: from, toDay: to });
  const items = rows.filter((row) => useCase === undefined || row.useCase === useCase);
  return { items, checksums: Object.fromEntries(checksums) };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
