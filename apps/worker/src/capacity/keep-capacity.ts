/**
 * Keeps the books of committed capacity: calls draw in the order of the ledger's lines, what a proxy booked otherwise is
 * corrected, what nobody used of a period becomes its standing charge, and proxies hear what is left.
 */
import type { Commitment } from '#contracts/commitment.js';
import type { Entry } from '#contracts/entry.js';
import type { StandingChargeBody } from '#contracts/entry-bodies.js';
import type { Adjustment, EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import { callKinds, callRecordOf, isEvaluation } from '#domain/ledger/call-entry.js';
import { chargeAt } from '#domain/ledger/true-up.js';
import { periodAt } from '#domain/pricing/draw-capacity.js';
import { type Correction, foldDraw, idleOf, type UsedPeriod } from '#domain/pricing/fold-draws.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { CapacityStore } from '#postgres/ledger/capacity.store.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { derivedId } from '#runtime/derived-id.js';

export interface KeepCapacityParts {
  organisation: string;
  ledger: Pick<LedgerStore, 'entries' | 'size' | 'append'>;
  capacity: CapacityStore;
  desk: Pick<EnvelopeDesk, 'adjust'>;
  feed: Pick<SnapshotFeed, 'publishCapacity'>;
  current: () => RoutingIndex | null;
}

const linesAtOnce = 5_000;
/** A call admitted in a period may end this much later, as long as a hold lives; then the period is closed. */
const graceMs = 20 * 60_000;
/** Records of a proxy that was down may come days later; what they drew is at list by then. */
const lateMs = 7 * 86_400_000;
/** Of one commitment in one turn, so that a worker that was away for months catches up bit by bit. */
const periodsAtOnce = 500;

/** Returns how many periods were closed. Everything is idempotent: a turn that was broken off is done again. */
export async function keepCapacity(parts: KeepCapacityParts, nowMs: number): Promise<number> {
  const index = parts.current();
  const commitments = [...new Set(index?.commitments.values() ?? [])];
  if (!index || commitments.length === 0) {
    if ((await parts.capacity.nextIndex()) !== null) await parts.capacity.begin(null);
    return 0;
  }
  await parts.capacity.begin(await parts.ledger.size(parts.organisation));
  await openPeriods(parts, commitments, nowMs);
  await foldLines(parts, index, nowMs);
  const closed = await closePeriods(parts, commitments, nowMs);
  await tellProxies(parts, nowMs);
  return closed;
}

/** From the period in which a commitment is first seen: what was used before is not known, and is nobody's charge. */
async function openPeriods({ capacity }: KeepCapacityParts, commitments: Commitment[], nowMs: number): Promise<void> {
  const latest = new Map((await capacity.since(nowMs)).map((period) => [period.commitment, period.toMs]));
  const fresh = commitments.flatMap((commitment) => {
    const periods: UsedPeriod[] = [];
    let atMs = latest.get(commitment.id) ?? nowMs;
    while (atMs <= nowMs && periods.length < periodsAtOnce) {
      const period = periodAt(commitment, atMs);
      if (!period) break;
      periods.push({ ...period, commitment: commitment.id, sharesPicoUsd: 0n, closed: false });
      atMs = period.toMs;
    }
    return periods;
  });
  await capacity.open(fresh);
}

async function foldLines(parts: KeepCapacityParts, index: RoutingIndex, nowMs: number): Promise<void> {
  const { ledger, capacity, desk, organisation } = parts;
  const size = await ledger.size(organisation);
  const periods = await capacity.since(nowMs - lateMs);
  for (let from = (await capacity.nextIndex()) ?? size; from < size; from += linesAtOnce) {
    const to = Math.min(from + linesAtOnce, size);
    const corrections: Correction[] = [];
    for await (const { entry } of ledger.entries(organisation, {
      fromIndex: from,
      toIndex: to,
      kinds: [...callKinds],
    })) {
      const record = callRecordOf(entry);
      const placed = record?.route ? index.routes.get(record.route) : undefined;
      const commitment = placed && index.commitments.get(placed.route.id);
      if (!record || !placed || !commitment) continue;
      const atMs = Date.parse(record.admittedAt);
      const at = periods.findIndex((one) => one.commitment === commitment.id && one.fromMs <= atMs && atMs < one.toMs);
      const folded = at < 0 ? null : foldDraw(record, commitment.weights, placed.route.tier, periods[at]!);
      if (!folded) continue;
      periods[at] = folded.period;
      if (folded.correction) corrections.push(folded.correction);
    }
    await desk.adjust(corrections.map((one) => adjustmentOf(one, organisation)));
    if (!(await capacity.fold(from, to, periods))) return; // another worker leads now
  }
}

/** The same correction has the same id and the same words, however often it is tried. */
function adjustmentOf(correction: Correction, organisation: string): Adjustment {
  const { record, commitment, unitsCovered, differencePicoUsd, differenceNanoUsd } = correction;
  const adjustmentId = derivedId(`capacity of ${record.attemptId}`);
  const body = {
    ...{ schema: 'o10.adjustment.v1', adjustmentId, organisation, adjustedAt: record.endedAt },
    ...{ attemptId: record.attemptId, callId: record.callId, useCase: record.useCase, envelopes: record.envelopes },
    ...(isEvaluation(record) && { evaluation: true }),
    differencePicoUsd: String(differencePicoUsd),
    chargeDifferencePicoUsd: String(chargeAt(record, record.costPicoUsd + differencePicoUsd) - record.chargePicoUsd),
    differenceNanoUsd: String(differenceNanoUsd),
    capacity: {
      ...{ commitment, period: new Date(correction.periodFromMs).toISOString(), unitsCovered: Number(unitsCovered) },
      shareDifferencePicoUsd: String(correction.shareDifferencePicoUsd),
    },
    reason: `drew from ${commitment} otherwise than was known when it was booked`,
  };
  return { adjustmentId, differenceNanoUsd, envelopes: record.envelopes, record: JSON.stringify(body) };
}

async function closePeriods(parts: KeepCapacityParts, commitments: Commitment[], nowMs: number): Promise<number> {
  const { capacity, ledger, organisation } = parts;
  const owners = new Map(commitments.map(({ id, owner }) => [id, owner]));
  const over = (await capacity.since(nowMs)).filter(
    (period) => !period.closed && period.toMs + graceMs <= nowMs && owners.has(period.commitment),
  );
  await ledger.append(over.map((period) => standingCharge(period, owners.get(period.commitment)!, organisation)));
  for (const period of over) await capacity.close(period);
  return over.length;
}

function standingCharge(period: UsedPeriod, owner: string, log: string): Entry {
  const [from, to] = [period.fromMs, period.toMs].map((ms) => new Date(ms).toISOString()) as [string, string];
  const { commitment, unitsTotal, unitsUsed, pricePicoUsd, sharesPicoUsd } = period;
  const body = {
    ...{ schema: 'o10.standing_charge.v1' as const, commitment, owner, from, to },
    ...{ unitsTotal: String(unitsTotal), unitsUsed: String(unitsUsed) },
    ...{ pricePicoUsd, usedPicoUsd: sharesPicoUsd, costPicoUsd: idleOf(period) },
  } satisfies StandingChargeBody;
  const money = { pricePicoUsd: String(pricePicoUsd), usedPicoUsd: String(sharesPicoUsd) };
  return {
    ...{ schema: 'o10.entry.v1', log, kind: 'standing_charge', occurredAt: to, actor: null },
    id: derivedId(`standing charge ${commitment} ${from}`),
    body: { ...body, ...money, costPicoUsd: String(body.costPicoUsd) },
  };
}

async function tellProxies({ capacity, feed }: KeepCapacityParts, nowMs: number): Promise<void> {
  const open = (await capacity.since(nowMs)).filter((period) => !period.closed && period.toMs > nowMs - graceMs);
  await feed.publishCapacity({
    asOf: new Date(nowMs).toISOString(),
    periods: open.map(({ commitment, fromMs, unitsUsed }) => ({
      ...{ commitment, from: new Date(fromMs).toISOString(), unitsUsed: String(unitsUsed) },
    })),
  });
}
