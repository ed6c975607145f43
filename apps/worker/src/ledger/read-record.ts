/**
 * From a record as the desk kept it to a line of the ledger. The line's body is the record's own JSON, not our reading of
 * it. Two kinds of record are no lines: a place in a line of evidence that nobody will fill, and what an attempt cost after
 * all, which becomes one. Pure.
 */
import { z } from 'zod';
import { CallRecord } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';
import { AdjustmentBody, ReversalBody } from '#contracts/entry-bodies.js';
import { LaterCost } from '#contracts/later-cost.js';
import { Id, Instant, Slug } from '#contracts/names.js';
import type { MirrorJob } from '#contracts/jobs.js';
import { VoidedPlace } from '#contracts/voided-place.js';

/** `call`: what the record says, where it is one of a call. */
export type ReadRecord =
  { entry: Entry; call: CallRecord | null } | { voided: MirrorJob } | { later: LaterCost } | { problem: string };

/** What a correction's record says beside its body: under which id, in which log, since when, and who asked for it. */
const beside = { adjustmentId: Id, organisation: Slug, adjustedAt: Instant, actor: z.string().optional() };
const corrections = {
  'o10.adjustment.v1': { kind: 'adjustment', record: AdjustmentBody.extend(beside) },
  'o10.reversal.v1': { kind: 'reversal', record: ReversalBody.extend(beside) },
} as const;

/** The problem names the first field that is wrong. */
export function readRecord(record: string): ReadRecord {
  const body = parsedObject(record);
  if (!body) return { problem: 'not a JSON object' };
  if (body['schema'] === 'o10.voided_place.v1') {
    const parsed = VoidedPlace.safeParse(body);
    return parsed.success ? { voided: parsed.data.job } : { problem: firstOf(parsed.error) };
  }
  if (body['schema'] === 'o10.later_cost.v1') {
    const parsed = LaterCost.safeParse(body);
    return parsed.success ? { later: parsed.data } : { problem: firstOf(parsed.error) };
  }
  if (body['schema'] === 'o10.adjustment.v1' || body['schema'] === 'o10.reversal.v1') {
    const { kind, record: contract } = corrections[body['schema']];
    const parsed = contract.safeParse(body);
    if (!parsed.success) return { problem: firstOf(parsed.error) };
    const { adjustmentId: id, organisation: log, adjustedAt: occurredAt, actor = null } = parsed.data;
    return { entry: { schema: 'o10.entry.v1', log, kind, id, occurredAt, actor, body }, call: null };
  }
  const parsed = CallRecord.safeParse(body);
  if (!parsed.success) return { problem: firstOf(parsed.error) };
  const { kind, attemptId: id, organisation: log, endedAt: occurredAt } = parsed.data;
  return { entry: { schema: 'o10.entry.v1', log, kind, id, occurredAt, actor: null, body }, call: parsed.data };
}

function firstOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.')}: ${issue?.message}`;
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
