/** Which lines carry a call record, and what must add up inside one. Costs are recomputed from the line itself. */
import { CallRecord, type CallRecordWire } from '#contracts/call-record.js';
import type { EntryKind, StoredEntry } from '#contracts/entry.js';
import { lineCostOf } from '../pricing/rounding.js';
import { decodePlain, isPlainRecord } from './plain-record.js';

export const callKinds: readonly EntryKind[] = ['call', 'attempt', 'shadow_replay', 'judge', 'hold_expiry'];

/** The call record of a line; null where its kind carries none. Throws when it should and does not. */
export function callRecordOf({ kind, body }: Pick<StoredEntry, 'kind' | 'body'>): CallRecord | null {
  if (!(callKinds as readonly string[]).includes(kind)) return null;
  const record = isPlainRecord(body) ? decodePlain(body as CallRecordWire) : parsedRecord(body);
  if (record.kind === kind) return record;
  throw new TypeError(`a line of kind ${kind} holds a record of ${record.kind}`);
}

function parsedRecord(body: unknown): CallRecord {
  const parsed = CallRecord.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`not a call record: ${issue?.path.join('.')}: ${issue?.message}`);
}

/**
 * What does not add up, in words; empty when all does. Every cost line is quantity × rate; where the venue reported
 * the usage, the lines sum to the cost; where nothing was bought, the cost is 0.
 */
export function costProblems(record: CallRecord): string[] {
  const problems = record.lines
    .map((line) => ({ line, cost: lineCostOf(line) }))
    .filter(({ line, cost }) => cost !== line.costPicoUsd)
    .map(
      ({ line, cost }) =>
        `${line.meter}: ${line.quantity} × ${line.ratePicoUsd}${line.per ? ` / ${line.per}` : ''} is ${cost} pico-USD, not ${line.costPicoUsd}`,
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
