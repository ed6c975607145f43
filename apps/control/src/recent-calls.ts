/**
 * The newest calls of the ledger, read backwards until the period ends: what they cost to read depends on the period, not
 * on the age of the log. At most `max` are kept, and the reader is told when there were more.
 */
import type { CallRecord } from '#contracts/call-record.js';
import type { StoredEntry } from '#contracts/entry.js';
import { callKinds, callRecordOf } from '#domain/ledger/call-entry.js';
import { type Corrected, correctionKinds, Corrections } from '#domain/ledger/correction.js';
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

/**
 * `keep` takes what is needed of a record, null to leave it out: whole records of a month would not fit in memory. It is
 * told what later lines have corrected of it; null: nothing.
 */
export async function recentCalls<Kept>(
  { ledger, organisation }: Pick<ControlContext, 'ledger' | 'organisation'>,
  fromMs: number,
  keep: (record: CallRecord, corrected: Corrected | null) => Kept | null,
  { kinds = boughtKinds, max = callsMax }: { kinds?: readonly string[]; max?: number } = {},
): Promise<RecentCalls<Kept>> {
  const found: RecentCalls<Kept> = { calls: [], capped: false };
  const corrections = new Corrections();
  for (let end = await ledger.size(organisation); end > 0; end -= windowLines) {
    const range = { fromIndex: Math.max(0, end - windowLines), toIndex: end, kinds: [...kinds, ...correctionKinds] };
    const lines: { entry: StoredEntry; old: boolean }[] = [];
    for await (const { recordedAt, entry } of ledger.entries(organisation, range)) {
      lines.push({ entry, old: Date.parse(recordedAt) < fromMs });
      corrections.add(entry);
    }
    // What corrects a line stands behind it, so all of it has been read by now.
    for (const { entry } of lines) {
      const record = callRecordOf(entry);
      if (!record || Date.parse(record.admittedAt) < fromMs) continue;
      const kept = keep(record, corrections.of(record.attemptId));
      if (kept !== null) found.calls.push(kept);
    }
    if (lines.length > 0 && lines.every(({ old }) => old)) return found;
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
