/** Reads the ledger page by page. What is shown is what is stored; nothing is summed or rounded here. */
import type { LedgerLineList, LedgerState, LineProof, LineQuery } from '#contracts/api/ledger-api.js';
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
    items.push(line);
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

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
