/**
 * Holds the desk against the ledger. Drift of a window is what the desk has settled, minus what waits for the ledger,
 * minus what the ledger says was spent: sums of whole nano-USD, so it is 0 or something is wrong.
 */
import type { DeskEnvelope, EnvelopeBooks, EnvelopeDesk } from '#contracts/envelope-desk.js';
import { balanceKey } from '#domain/envelope/decide-hold.js';
import type { LedgerSpendStore, WindowSpend } from '#postgres/ledger/ledger-spend.store.js';
import { type LedgerSpendParts, sumLedger } from './ledger-spend.js';
import { countedWindows } from './rebuild-desk.js';

export interface Drift {
  envelope: string;
  window: string;
  /** Positive: the desk counts more than was spent. */
  driftNanoUsd: bigint;
}

export interface FindDriftParts extends LedgerSpendParts {
  desk: Pick<EnvelopeDesk, 'books'>;
  spend: Pick<LedgerSpendStore, 'state' | 'add' | 'spent'>;
  withIntakeStill: <T>(work: (takeInAll: () => Promise<void>) => Promise<T>) => Promise<T>;
}

const envelopesAtOnce = 2_000;

/** Windows that drift; empty when the books agree. Windows that are over are not looked at. */
export function findDrift(parts: FindDriftParts, declared: DeskEnvelope[]): Promise<Drift[]> {
  return parts.withIntakeStill(async () => {
    await sumLedger(parts);
    const counted = countedWindows(declared);
    const drifts: Drift[] = [];
    for (let from = 0; from < declared.length; from += envelopesAtOnce) {
      const ids = declared.slice(from, from + envelopesAtOnce).map(({ id }) => id);
      drifts.push(...driftOf(await parts.desk.books(ids), await parts.spend.spent(ids)));
    }
    return drifts.filter(({ envelope, window }) => counted.has(balanceKey(envelope, window)));
  });
}

function driftOf(books: EnvelopeBooks[], spent: WindowSpend[]): Drift[] {
  const drift = new Map<string, Drift>();
  const add = (envelope: string, window: string, nanoUsd: bigint) => {
    const key = balanceKey(envelope, window);
    drift.set(key, { envelope, window, driftNanoUsd: (drift.get(key)?.driftNanoUsd ?? 0n) + nanoUsd });
  };
  for (const { envelope, window, settledNanoUsd, waitingNanoUsd } of books)
    add(envelope, window, settledNanoUsd - waitingNanoUsd);
  for (const { envelope, window, nanoUsd } of spent) add(envelope, window, -nanoUsd);
  return [...drift.values()].filter(({ driftNanoUsd }) => driftNanoUsd !== 0n);
}

/** Over all windows, whatever their sign. */
export const sumOfDrift = (drifts: readonly Drift[]): bigint =>
  drifts.reduce((sum, { driftNanoUsd }) => sum + (driftNanoUsd < 0n ? -driftNanoUsd : driftNanoUsd), 0n);
