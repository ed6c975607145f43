/** Every key of one organisation's desk. What each holds is written in the headers of the scripts. */
import { keyPrefix } from './partition.js';

/** What `rebuild` replaces, by way of staged counterparts. */
export const rebuiltKeys = ['lines', 'holds', 'envelopes', 'windows', 'settled', 'held'] as const;
export type RebuiltKey = (typeof rebuiltKeys)[number];

export type DeskKeys = Record<
  | RebuiltKey
  | 'built'
  | 'store'
  | 'frozen'
  | 'current'
  | 'endedEven'
  | 'endedOdd'
  | 'records'
  | 'acknowledged'
  | 'waiting',
  string
>;

export function deskKeys(organisation: string): DeskKeys {
  const prefix = `${keyPrefix(organisation)}:desk`;
  return {
    /** Text "epoch run_id": when the desk was built, and by which process of Redis it may be trusted since. */
    built: `${prefix}:built`,
    /** Text: a mark that goes with everything else here. */
    store: `${prefix}:store`,
    /** Text: the proof of a freeze; goes by itself. */
    frozen: `${prefix}:frozen`,
    /** Hash envelope → limit, ladder, windows. */
    envelopes: `${prefix}:envelopes`,
    /** Hash envelope → limit, ladder and the window of now. */
    current: `${prefix}:current`,
    /** Hash envelope → ids of all windows with a balance. */
    windows: `${prefix}:windows`,
    /** Hashes "envelope window" → nano-USD. */
    settled: `${prefix}:settled`,
    held: `${prefix}:held`,
    /** Hash id → hold. */
    holds: `${prefix}:holds`,
    /** Hashes id → hold as it was; each generation ends as a whole. */
    endedEven: `${prefix}:ended:even`,
    endedOdd: `${prefix}:ended:odd`,
    /** Hash line → next free position. */
    lines: `${prefix}:lines`,
    /** Stream of records waiting for the ledger, an item per batch; hash item → places of it that wait no more. */
    records: `${prefix}:records`,
    acknowledged: `${prefix}:acknowledged`,
    /** Hash id → "item cost envelope window ..." of each of those records; of several of one id, the latest. */
    waiting: `${prefix}:waiting`,
  };
}
