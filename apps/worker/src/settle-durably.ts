/**
 * How the worker ends attempts of its own and those nobody ended. The desk decides whether it is the first ending; then
 * the line goes to the ledger at once, since no journal would bring it back if the desk lost it before the next drain.
 */
import type { EnvelopeDesk, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { Log } from '#runtime/log.js';
import { readRecord } from './ledger/read-record.js';

export interface SettleDurablyParts {
  desk: Pick<EnvelopeDesk, 'settle'>;
  ledger: Pick<LedgerStore, 'append'>;
  log: Log;
}

/** Throws when the desk does; where the ledger does not answer, the record waits at the desk. */
export async function settleDurably(
  { desk, ledger, log }: SettleDurablyParts,
  settlements: Settlement[],
): Promise<SettleAnswer[]> {
  const answers = await desk.settle(settlements);
  const fresh = settlements.filter((_, place) => answers[place]?.outcome === 'settled');
  const entries = fresh.flatMap(({ record }) => {
    const read = readRecord(record);
    return 'entry' in read ? [read.entry] : [];
  });
  await ledger.append(entries).catch((error: unknown) => {
    log.warn({ lines: entries.length, error: String(error) }, 'lines wait at the desk: the ledger does not answer');
  });
  return answers;
}
