/**
 * Says quickly that a body is a CallRecord, and leaves every doubt to the contract: whatever is accepted here the
 * contract accepts. Each field has its check, and a field added to the contract does not compile before it has one:
 * `isAbsent` for one that few lines have.
 */
import type { z } from 'zod';
import { CallRecord, type CallRecordWire, type ConsideredRoute, CostLine, Decision } from '#contracts/call-record.js';
import { LaneId } from '#contracts/lane.js';
import { Slug } from '#contracts/names.js';
import type { UsageParts } from '#contracts/usage.js';
import { Usage } from '#contracts/usage.js';

type Check = (value: unknown) => boolean;
type Checks<Noun> = { [Field in keyof Required<Noun>]: Check };

const rememberedMax = 10_000;

/** For fields that say the same few things on millions of lines: each is put to the contract once. */
function remembered(schema: z.ZodType): Check {
  const accepted = new Set<unknown>();
  return (value) => {
    if (accepted.has(value)) return true;
    // Objects have no equals; undefined would hide a missing field.
    if (typeof value === 'object' && value !== null) return false;
    if (!schema.safeParse(value).success) return false;
    if (accepted.size < rememberedMax) accepted.add(value);
    return true;
  };
}

const isHex = (code: number) => (code >= 48 && code <= 57) || (code >= 97 && code <= 102);
const isDigit = (code: number) => code >= 48 && code <= 57;

export const isPlainId: Check = (value) => {
  if (typeof value !== 'string' || value.length !== 36) return false;
  for (let at = 0; at < 36; at += 1) {
    const code = value.charCodeAt(at);
    if (at === 8 || at === 13 || at === 18 || at === 23 ? code !== 45 : !isHex(code)) return false;
  }
  return true;
};

const isPlainDigest: Check = (value) => {
  if (typeof value !== 'string' || value.length !== 64) return false;
  for (let at = 0; at < 64; at += 1) if (!isHex(value.charCodeAt(at))) return false;
  return true;
};

/** Up to 15 digits: below every bound of the contract's amounts. */
export const isPlainAmount: Check = (value) => {
  if (typeof value !== 'string' || value.length === 0 || value.length > 15) return false;
  for (let at = 0; at < value.length; at += 1) if (!isDigit(value.charCodeAt(at))) return false;
  return value.length === 1 || value.charCodeAt(0) !== 48;
};

const isRealDay = remembered(CallRecord.shape.endedAt);
const pair = (text: string, at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/** `2026-11-20T10:00:01.000Z` and nothing else; whether there was such a day, the contract says. */
export const isPlainInstant: Check = (value) => {
  if (typeof value !== 'string' || value.length !== 24) return false;
  for (const at of timeDigits) if (!isDigit(value.charCodeAt(at))) return false;
  if (value[10] !== 'T' || value[13] !== ':' || value[16] !== ':' || value[19] !== '.' || value[23] !== 'Z')
    return false;
  if (pair(value, 11) > 23 || pair(value, 14) > 59 || pair(value, 17) > 59) return false;
  return isRealDay(`${value.slice(0, 10)}T00:00:00.000Z`);
};
const timeDigits = [11, 12, 14, 15, 17, 18, 20, 21, 22];

const isAbsent: Check = (value) => value === undefined;
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isDuration: Check = (value) => typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

function shapeOf<Noun>(checks: Checks<Noun>): Check {
  const fields = Object.entries<Check>(checks);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    for (const [field, check] of fields) if (!check((value as Record<string, unknown>)[field])) return false;
    return true;
  };
}

const envelopeShape = CallRecord.shape.envelopes.element.shape;
const consideredShape = Decision.shape.considered.element.shape;
const meterOf = remembered(CostLine.shape.meter);

const isPlainParts: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const [meter, quantity] of Object.entries(value as UsageParts))
    if (!meterOf(meter) || !isCount(quantity)) return false;
  return true;
};

/** True: `CallRecord` accepts it. False: ask `CallRecord`. */
export const isPlainRecord: Check = shapeOf<CallRecordWire>({
  schema: remembered(CallRecord.shape.schema),
  kind: remembered(CallRecord.shape.kind),
  callId: isPlainId,
  attemptId: isPlainId,
  attempt: isCount,
  final: isFlag,
  organisation: remembered(CallRecord.shape.organisation),
  team: remembered(CallRecord.shape.team),
  useCase: remembered(CallRecord.shape.useCase),
  key: orNull(isText),
  tag: orAbsent(remembered(Slug)),
  shape: orAbsent(isPlainDigest),
  mode: remembered(CallRecord.shape.mode),
  protocol: isText,
  stream: isFlag,
  snapshot: isCount,
  admittedAt: isPlainInstant,
  endedAt: isPlainInstant,
  requestedModel: orNull(isText),
  lane: orAbsent(orNull(remembered(LaneId))),
  pinned: orAbsent(isFlag),
  route: remembered(CallRecord.shape.route),
  venue: remembered(CallRecord.shape.venue),
  jurisdiction: orNull(isText),
  tier: remembered(CallRecord.shape.tier),
  servedModel: orNull(isText),
  outcome: remembered(CallRecord.shape.outcome),
  refusal: remembered(CallRecord.shape.refusal),
  status: remembered(CallRecord.shape.status),
  decision: orNull(
    shapeOf<z.input<typeof Decision>>({
      requested: remembered(Decision.shape.requested),
      baseline: remembered(Decision.shape.baseline),
      considered: listOf(
        shapeOf<z.input<typeof ConsideredRoute>>({
          route: remembered(consideredShape.route),
          ineligible: remembered(consideredShape.ineligible),
          obstacle: isAbsent,
          expectedCostPicoUsd: orNull(isPlainAmount),
        }),
      ),
      cheapestCompliant: remembered(Decision.shape.cheapestCompliant),
      expectedSavingPicoUsd: (value) =>
        orNull(isPlainAmount)(value) || (typeof value === 'string' && /^-[1-9]\d{0,14}$/.test(value)),
      reason: remembered(Decision.shape.reason),
    }),
  ),
  envelopes: listOf(
    shapeOf<CallRecordWire['envelopes'][number]>({ envelope: remembered(envelopeShape.envelope), window: isText }),
  ),
  wouldRefuse: listOf(remembered(CallRecord.shape.wouldRefuse.element)),
  refusedBy: orAbsent(remembered(Slug)),
  ladder: isAbsent,
  heldNanoUsd: isPlainAmount,
  ceilingNanoUsd: orAbsent(isPlainAmount),
  costBasis: remembered(CallRecord.shape.costBasis),
  costPicoUsd: isPlainAmount,
  chargePicoUsd: isPlainAmount,
  priceBook: orNull(isPlainDigest),
  lines: listOf(
    shapeOf<z.input<typeof CostLine>>({
      meter: meterOf,
      quantity: isCount,
      per: isAbsent,
      ratePicoUsd: isPlainAmount,
      costPicoUsd: isPlainAmount,
    }),
  ),
  usage: shapeOf<z.input<typeof Usage>>({
    basis: remembered(Usage.shape.basis),
    parts: isPlainParts,
    raw: () => true,
    others: isAbsent,
    venueCostPicoUsd: (value) => isAbsent(value) || isPlainAmount(value),
  }),
  capacity: isAbsent,
  adaptations: isAbsent,
  replayOf: orNull(isPlainId),
  line: orNull(
    shapeOf<NonNullable<CallRecordWire['line']>>({
      gate: isPlainDigest,
      position: (value) => isCount(value) && value !== 0,
      probability: (value) => typeof value === 'number' && Number.isFinite(value),
      canary: isAbsent,
    }),
  ),
  latencyMs: orNull(isDuration),
  firstByteMs: orNull(isDuration),
  overheadMs: orNull(isDuration),
  requestDigest: orNull(isPlainDigest),
  answerDigest: orNull(isPlainDigest),
  cluster: orNull(isPlainDigest),
});

/** As `CallRecord` would decode it. Requires `isPlainRecord`. */
export function decodePlain(body: CallRecordWire): CallRecord {
  const { decision, ceilingNanoUsd, capacity: _, ...rest } = body;
  return {
    ...rest,
    ...(ceilingNanoUsd !== undefined && { ceilingNanoUsd: BigInt(ceilingNanoUsd) }),
    heldNanoUsd: BigInt(body.heldNanoUsd),
    costPicoUsd: BigInt(body.costPicoUsd),
    chargePicoUsd: BigInt(body.chargePicoUsd),
    lines: body.lines.map((line) => ({
      ...line,
      ratePicoUsd: BigInt(line.ratePicoUsd),
      costPicoUsd: BigInt(line.costPicoUsd),
    })),
    decision: decision && {
      ...decision,
      expectedSavingPicoUsd: amountOf(decision.expectedSavingPicoUsd),
      considered: decision.considered.map((one) => ({
        ...one,
        expectedCostPicoUsd: amountOf(one.expectedCostPicoUsd),
      })),
    },
  };
}

const amountOf = (text: string | null): bigint | null => (text === null ? null : BigInt(text));
