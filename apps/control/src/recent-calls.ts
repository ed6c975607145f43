/**
 * The newest calls of the ledger, read backwards until the period ends: what they cost to read depends on the period, not
 * on the age of the log. At most `max` are kept, and the reader is told when there were more.
 */
import type { CallRecord } from '#contracts/call-record.js';
import { callKinds, callRecordOf } from '#domain/ledger/call-entry.js';
import type { ControlContext } from './control-context.js';

const windowLines = 1_000;
/** What callers bought: neither replays nor judgements. */
const boughtKinds = callKinds.filter((kind) => kind !== 'shadow_replay' && kind !== 'judge');
export const callsMax = 50_000;

export interface RecentCalls<Kept> {
  calls: Kept[];
  /** True where the period holds more than were read. */
  capped: boolean;
}

/** `keep` takes what is needed of a record, null to leave it out: whole records of a month would not fit in memory. */
export async function recentCalls<Kept>(
  { ledger, organisation }: Pick<ControlContext, 'ledger' | 'organisation'>,
  fromMs: number,
  keep: (record: CallRecord) => Kept | null,
  { kinds = boughtKinds, max = callsMax }: { kinds?: readonly string[]; max?: number } = {},
): Promise<RecentCalls<Kept>> {
  const found: RecentCalls<Kept> = { calls: [], capped: false };
  for (let end = await ledger.size(organisation); end > 0; end -= windowLines) {
    const range = { fromIndex: Math.max(0, end - windowLines), toIndex: end, kinds: [...kinds] };
    let [lines, older] = [0, 0];
    for await (const { recordedAt, entry } of ledger.entries(organisation, range)) {
      lines += 1;
      if (Date.parse(recordedAt) < fromMs) older += 1;
      const record = callRecordOf(entry);
      const kept = record && Date.parse(record.admittedAt) >= fromMs ? keep(record) : null;
      if (kept !== null) found.calls.push(kept);
    }
    if (lines > 0 && older === lines) return found;
    if (found.calls.length >= max) return { ...found, capped: true };
  }
  return found;
}

/** The longest. */
const monthMs = 31 * 86_400_000;

/** A month, `2026-02`, whose lines are archived and may be of this period; null when all are here. */
export async function archivedSince(
  { ledger, organisation }: Pick<ControlContext, 'ledger' | 'organisation'>,
  fromMs: number,
): Promise<string | null> {
  const archived = await ledger.archived(organisation);
  return archived.find(({ month }) => Date.parse(`${month}-01`) + monthMs > fromMs)?.month ?? null;
}
