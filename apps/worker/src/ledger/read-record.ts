/** From a record as the desk kept it to a line of the ledger. The line's body is the record's own JSON, not our reading of it. Pure. */
import { CallRecord } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';

export type ReadRecord = { entry: Entry } | { problem: string };

/** The problem names the first field that is wrong. */
export function readRecord(record: string): ReadRecord {
  const body = parsedObject(record);
  if (!body) return { problem: 'not a JSON object' };
  const parsed = CallRecord.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${issue?.path.join('.')}: ${issue?.message}` };
  }
  const { kind, attemptId: id, organisation: log, endedAt: occurredAt } = parsed.data;
  return { entry: { schema: 'o10.entry.v1', log, kind, id, occurredAt, actor: null, body } };
}

function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
