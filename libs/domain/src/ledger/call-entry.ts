/** Which lines carry a call record, and what must add up inside one. Costs are recomputed from the line itself. */
import { CallRecord } from '#contracts/call-record.js';
import type { Entry, EntryKind } from '#contracts/entry.js';

export const callKinds: readonly EntryKind[] = ['call', 'shadow_replay', 'judge', 'hold_expiry'];

/** The call record of a line; null where its kind carries none. Throws when it should and does not. */
export function callRecordOf(entry: Entry): CallRecord | null {
  if (!callKinds.includes(entry.kind)) return null;
  const parsed = CallRecord.safeParse(entry.body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TypeError(`not a call record: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (parsed.data.kind !== entry.kind)
    throw new TypeError(`a line of kind ${entry.kind} holds a record of ${parsed.data.kind}`);
  return parsed.data;
}

/**
 * What does not add up, in words; empty when all does. Every cost line is quantity × rate; where the venue reported
 * the usage, the lines sum to the cost; where nothing was bought, the cost is 0.
 */
export function costProblems(record: CallRecord): string[] {
  const problems = record.lines
    .filter((line) => BigInt(line.quantity) * line.ratePicoUsd !== line.costPicoUsd)
    .map(
      (line) =>
        `${line.meter}: ${line.quantity} × ${line.ratePicoUsd} is ${BigInt(line.quantity) * line.ratePicoUsd} pico-USD, not ${line.costPicoUsd}`,
    );
  const sum = record.lines.reduce((total, line) => total + line.costPicoUsd, 0n);
  if (record.costBasis === 'reported' && sum !== record.costPicoUsd) {
    problems.push(`its cost lines sum to ${sum} pico-USD, its cost is ${record.costPicoUsd}`);
  }
  if (record.costBasis === 'none' && record.costPicoUsd !== 0n) {
    problems.push(`nothing was bought, yet its cost is ${record.costPicoUsd} pico-USD`);
  }
  return problems;
}
