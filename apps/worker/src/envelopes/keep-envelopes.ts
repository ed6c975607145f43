/** Keeps the desk's envelopes as they are declared, with windows ahead. A desk that lost everything is rebuilt from the ledger. */
import { CallRecord } from '#contracts/call-record.js';
import { type DeskEnvelope, DeskNotBuilt, type EnvelopeDesk } from '#contracts/envelope-desk.js';
import { deskEnvelopes } from '#domain/envelope/desk-envelopes.js';
import { callKinds, callRecordOf } from '#domain/ledger/call-entry.js';
import type { EnvelopeStore } from '#postgres/admin/envelope.store.js';
import type { EvidenceStore } from '#postgres/evidence/evidence.store.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { Log } from '#runtime/log.js';
import { deskStateOf } from './desk-state.js';

export interface KeepEnvelopesParts {
  organisation: string;
  desk: Pick<EnvelopeDesk, 'putEnvelopes' | 'rebuild' | 'drain'>;
  envelopes: Pick<EnvelopeStore, 'list'>;
  ledger: Pick<LedgerStore, 'entries' | 'size'>;
  evidence: Pick<EvidenceStore, 'nextPositions'>;
  /** Runs `work` while no record goes from the desk into the ledger, after all that waited has its place there. */
  withIntakeStill: <T>(work: () => Promise<T>) => Promise<T>;
  log: Log;
}

const envelopesAtOnce = 1_000;
const pendingMax = 10_000;

/** Covers nobody, and no declared envelope can have its name: putting it asks a desk whether it was ever built. */
const probe: DeskEnvelope = {
  id: '-probe',
  limitNanoUsd: 0n,
  steerAtPercent: null,
  windows: [{ id: 'total', startsAtMs: 0, endsAtMs: null }],
};

/** Whether the desk still knows what it knew; if not, it is rebuilt. */
export async function watchDesk(parts: KeepEnvelopesParts, nowMs: number): Promise<void> {
  if (!(await put(parts, [probe]))) await rebuildDesk(parts, await declaredNow(parts, nowMs));
}

/** Returns how many envelopes the desk was told of. */
export async function keepEnvelopes(parts: KeepEnvelopesParts, nowMs: number): Promise<number> {
  const declared = await declaredNow(parts, nowMs);
  if (!(await put(parts, [probe, ...declared]))) await rebuildDesk(parts, declared);
  return declared.length;
}

const declaredNow = async ({ envelopes }: KeepEnvelopesParts, nowMs: number): Promise<DeskEnvelope[]> =>
  deskEnvelopes(
    (await envelopes.list()).map(({ definition }) => definition),
    nowMs,
  );

/** False: the desk was never built, or has lost everything. */
async function put({ desk }: KeepEnvelopesParts, envelopes: DeskEnvelope[]): Promise<boolean> {
  try {
    for (let from = 0; from < envelopes.length; from += envelopesAtOnce)
      await desk.putEnvelopes(envelopes.slice(from, from + envelopesAtOnce));
    return true;
  } catch (error) {
    if (error instanceof DeskNotBuilt) return false;
    throw error;
  }
}

/** What is settled between the last look at the desk's waiting records and the rebuild is in the ledger, and missing in the balances. */
function rebuildDesk(parts: KeepEnvelopesParts, declared: DeskEnvelope[]): Promise<void> {
  return parts.withIntakeStill(async () => {
    const { organisation, desk, ledger, evidence, log } = parts;
    const size = await ledger.size(organisation);
    log.warn({ lines: size }, 'the desk knows nothing: rebuilding it from the ledger');
    const state = await deskStateOf(recordsKnown(parts, size), declared, await evidence.nextPositions());
    await desk.rebuild(state);
    log.info({ envelopes: declared.length, balances: state.balances.length }, 'the desk is rebuilt');
  });
}

/** Those in the ledger, then those that came to the desk while they were read. */
async function* recordsKnown(
  { organisation, desk, ledger }: KeepEnvelopesParts,
  size: number,
): AsyncGenerator<CallRecord> {
  for await (const { entry } of ledger.entries(organisation, { fromIndex: 0, toIndex: size, kinds: [...callKinds] })) {
    const record = callRecordOf(entry);
    if (record) yield record;
  }
  for (const { record } of await desk.drain(pendingMax)) {
    const parsed = CallRecord.safeParse(jsonOf(record));
    if (parsed.success) yield parsed.data;
  }
}

/** Undefined where it is none: such a record will be put aside, and stands for no money. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
