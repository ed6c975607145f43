/** Which lines carry a call record, and what must add up inside one. Costs are recomputed from the line itself. */
import { CallRecord, type CallRecordWire } from '#contracts/call-record.js';
import type { EntryKind, StoredEntry } from '#contracts/entry.js';
import { lineCostOf } from '../pricing/rounding.js';
import { decodePlain, isPlainRecord } from './plain-record.js';

export const callKinds: readonly EntryKind[] = ['call', 'attempt', 'shadow_replay', 'judge', 'hold_expiry'];

/** What o10 spends on evidence, and no caller bought. */
export const isEvaluation = ({ kind }: Pick<CallRecord, 'kind'>): boolean =>
  kind === 'shadow_replay' || kind === 'judge';

/** The call record of a line; null where its kind carries none. Throws when it should and does not. */
export function callRecordOf({ kind, body }: Pick<StoredEntry, 'kind' | 'body'>): CallRecord | null {
  if (!(callKinds as readonly string[]).includes(kind)) return null;
  const record = isPlainRecord(body) ? decodePlain(body as CallRecordWire) : parsedRecord(body);
  if (record.kind === kind) return record;
  throw new TypeError(`a line of kind ${kind} holds a record of ${record.kind}`);
}

/** What of a call record moves money or must be unique: what later lines are held against. As it is on the wire. */
export type BookedWire = Pick<
  CallRecordWire,
  | 'kind'
  | 'callId'
  | 'attemptId'
  | 'final'
  | 'useCase'
  | 'route'
  | 'key'
  | 'mode'
  | 'admittedAt'
  | 'endedAt'
  | 'envelopes'
  | 'wouldRefuse'
  | 'heldNanoUsd'
  | 'costBasis'
  | 'costPicoUsd'
  | 'chargePicoUsd'
  | 'priceBook'
>;
export type BookedRecord = Pick<CallRecord, keyof BookedWire>;

/** Field by field: copying all of a record to read a third of it costs more than reading it. */
export const bookedWire = (body: BookedWire): BookedWire => ({
  kind: body.kind,
  callId: body.callId,
  attemptId: body.attemptId,
  final: body.final,
  useCase: body.useCase,
  route: body.route,
  key: body.key,
  mode: body.mode,
  admittedAt: body.admittedAt,
  endedAt: body.endedAt,
  envelopes: body.envelopes,
  wouldRefuse: body.wouldRefuse,
  heldNanoUsd: body.heldNanoUsd,
  costBasis: body.costBasis,
  costPicoUsd: body.costPicoUsd,
  chargePicoUsd: body.chargePicoUsd,
  priceBook: body.priceBook,
});

/** Requires the body of a line that was checked, and carries a call record. */
export const bookedOf = (body: BookedWire): BookedRecord => ({
  ...bookedWire(body),
  heldNanoUsd: BigInt(body.heldNanoUsd),
  costPicoUsd: BigInt(body.costPicoUsd),
  chargePicoUsd: BigInt(body.chargePicoUsd),
});

function parsedRecord(body: unknown): CallRecord {
  const parsed = CallRecord.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`not a call record: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** As `costProblems` of the record, which need not be decoded for it. Null: this is no plain record, decode it. */
export function plainCostProblems(kind: string, body: StoredEntry['body']): string[] | null {
  if (body['kind'] !== kind || !isPlainRecord(body)) return null;
  const { lines, costBasis, costPicoUsd } = body as CallRecordWire;
  const decoded = lines.map(({ meter, quantity, ratePicoUsd, costPicoUsd: cost }) => ({
    meter,
    quantity,
    ratePicoUsd: BigInt(ratePicoUsd),
    costPicoUsd: BigInt(cost),
  }));
  return costProblems({ lines: decoded, costBasis, costPicoUsd: BigInt(costPicoUsd) });
}

/**
 * What does not add up, in words; empty when all does. Every cost line is quantity × rate; where the venue reported
 * the usage, the lines sum to the cost; where nothing was bought, the cost is 0.
 */
export function costProblems(record: Pick<CallRecord, 'lines' | 'costBasis' | 'costPicoUsd'>): string[] {
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
