/**
 * Holds the desk against the ledger, in whole nano-USD: what the desk has settled is what the ledger says was spent, and
 * what waits for the ledger. A worker's own lines are in the ledger while their records still wait, so of what waits any
 * part may be in both sums; beyond that, something is wrong.
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
  const windows = new Map<string, { envelope: string; window: string; aheadNanoUsd: bigint; waitingNanoUsd: bigint }>();
  for (const { envelope, window, settledNanoUsd, waitingNanoUsd } of books)
    windows.set(balanceKey(envelope, window), { envelope, window, aheadNanoUsd: settledNanoUsd, waitingNanoUsd });
  for (const { envelope, window, nanoUsd } of spent) {
    const key = balanceKey(envelope, window);
    const { aheadNanoUsd, waitingNanoUsd } = windows.get(key) ?? { aheadNanoUsd: 0n, waitingNanoUsd: 0n };
    windows.set(key, { envelope, window, aheadNanoUsd: aheadNanoUsd - nanoUsd, waitingNanoUsd });
  }
  return [...windows.values()].flatMap(({ envelope, window, aheadNanoUsd, waitingNanoUsd }) => {
    const beyond = aheadNanoUsd < 0n ? aheadNanoUsd : aheadNanoUsd - waitingNanoUsd;
    return aheadNanoUsd < 0n || beyond > 0n ? [{ envelope, window, driftNanoUsd: beyond }] : [];
  });
}

/** Over all windows, whatever their sign. */
export const sumOfDrift = (drifts: readonly Drift[]): bigint =>
  drifts.reduce((sum, { driftNanoUsd }) => sum + (driftNanoUsd < 0n ? -driftNanoUsd : driftNanoUsd), 0n);
