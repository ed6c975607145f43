/** Every key of one organisation's desk. What each holds is written in the headers of the scripts. */
import { keyPrefix } from './partition.js';

/** What `rebuild` replaces, by way of staged counterparts. */
export const rebuiltKeys = ['holds', 'envelopes', 'windows', 'settled', 'held', 'lines'] as const;
export type RebuiltKey = (typeof rebuiltKeys)[number];

export type DeskKeys = Record<
  RebuiltKey | 'built' | 'current' | 'endedEven' | 'endedOdd' | 'records' | 'acknowledged',
  string
>;

export function deskKeys(organisation: string): DeskKeys {
  const prefix = `${keyPrefix(organisation)}:desk`;
  return {
    /** Text: the desk was built, and its store has not lost everything since. */
    built: `${prefix}:built`,
    /** Hash envelope → limit, steering, windows. */
    envelopes: `${prefix}:envelopes`,
    /** Hash envelope → limit, steering and the window of now. */
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
  };
}
