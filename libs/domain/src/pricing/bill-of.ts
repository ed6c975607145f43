/**
 * What is booked for one attempt, from what came back. Missing usage is never zero: what may have been bought and was
 * not counted is booked at the ceiling that was held, and flagged.
 */
import type { CallRecordWire, CostLine } from '#contracts/call-record.js';
import type { Commitment } from '#contracts/commitment.js';
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import { type Cost, costOf } from './cost-of.js';
import { type CapacityPeriod, type Draw, drawOf } from './draw-capacity.js';
import { type PricedRoute, type PriceIndex, sheetAt } from './price-book.js';

/** `lines` as they stand in a call record on the wire: money as text. */
export interface Bill {
  basis: CallRecordWire['costBasis'];
  costPicoUsd: bigint;
  lines: CallRecordWire['lines'];
  /** What was drawn from capacity that is paid for already; absent: nothing. */
  capacity?: NonNullable<CallRecordWire['capacity']>;
}

export interface ServedUsage {
  usage: Usage;
  /** As the venue returned them; null where it does not say. */
  servedModel: string | null;
  servedTier: Tier | null;
  /** The venue's name of the place, where it says so. */
  servedRegion?: string | null;
}

/** How an attempt was bought: the route it was sent to, and its ceiling there (null: the price is unknown). */
export interface Purchase {
  route: PricedRoute;
  ceilingPicoUsd: bigint | null;
  prices: PriceIndex;
  /** Capacity the route draws from; absent or null: none. */
  capacity?: CapacityInHand | null;
  /** When the call was admitted: the instant its ceiling was held at. */
  instantMs: number;
}

/** A commitment's period, as far as whoever buys knows how much of it is used. */
export interface CapacityInHand {
  commitment: Commitment;
  period: CapacityPeriod;
}

export const nothingBought: Bill = { basis: 'none', costPicoUsd: 0n, lines: [] };

/** The ceiling, until true-up. */
export function estimatedBill(ceilingPicoUsd: bigint | null): Bill {
  if (ceilingPicoUsd === null) return { basis: 'unpriced', costPicoUsd: 0n, lines: [] };
  return { basis: 'estimated', costPicoUsd: ceilingPicoUsd, lines: [] };
}

/** One request was made, whatever the venue counts; it says itself where its fee goes by how much it searched. */
function withRequest(usage: Usage, { prices, instantMs }: Purchase, route: PricedRoute): Usage {
  const { parts } = usage;
  if (parts.requests !== undefined || parts.requests_low || parts.requests_medium || parts.requests_high) return usage;
  const rates = sheetAt(prices, route, instantMs)?.bands[0]?.rates;
  return rates?.requests === undefined ? usage : { ...usage, parts: { ...parts, requests: 1 } };
}

/** Booked at the model, tier and place served where the book knows them, else at the route's model. */
function pricedAsServed({ usage, servedModel, servedTier, servedRegion }: ServedUsage, purchase: Purchase): Cost {
  const { route, prices, instantMs } = purchase;
  const tier = servedTier ?? route.tier;
  const at = { venue: route.venue, tier, region: servedRegion ?? route.region ?? null };
  const served = { ...at, model: servedModel ?? route.model, ...(route.channel && { channel: route.channel }) };
  const asServed =
    served.model === route.model ? null : costOf(withRequest(usage, purchase, served), prices, served, instantMs);
  if (asServed?.priced) return asServed;
  const asSent = { ...served, model: route.model };
  return costOf(withRequest(usage, purchase, asSent), prices, asSent, instantMs);
}

/** Our lines, and one for the difference to what the venue states: the cost is the venue's, and the two are told apart. */
function statedCost(statedPicoUsd: bigint, ours: Cost): { costPicoUsd: bigint; lines: CostLine[] } {
  const lines = ours.priced ? ours.lines : [];
  const difference = statedPicoUsd - (ours.priced ? ours.costPicoUsd : 0n);
  if (difference === 0n) return { costPicoUsd: statedPicoUsd, lines };
  const line: CostLine = { meter: 'venue_stated', quantity: 1, ratePicoUsd: difference, costPicoUsd: difference };
  return { costPicoUsd: statedPicoUsd, lines: [...lines, line] };
}

const spellLine = ({ ratePicoUsd, costPicoUsd, ...line }: CostLine): CallRecordWire['lines'][number] => ({
  ...line,
  ratePicoUsd: ratePicoUsd.toString(),
  costPicoUsd: costPicoUsd.toString(),
});

/**
 * What the venue states outranks price × usage. Estimated quantities give an estimated cost;
 * what is missing or does not add up is booked at the ceiling.
 */
export function billOf(served: ServedUsage, purchase: Purchase): Bill {
  const { usage } = served;
  if (usage.basis === 'missing' || usage.basis === 'quarantined') return estimatedBill(purchase.ceilingPicoUsd);
  const ours = pricedAsServed(served, purchase);
  if (usage.venueCostPicoUsd !== undefined) {
    const { costPicoUsd, lines } = statedCost(BigInt(usage.venueCostPicoUsd), ours);
    return { basis: 'reported', costPicoUsd, lines: lines.map(spellLine) };
  }
  if (!ours.priced) return { basis: 'unpriced', costPicoUsd: 0n, lines: [] };
  const basis = usage.basis === 'estimated' ? 'estimated' : 'reported';
  const listed: Bill = { basis, costPicoUsd: ours.costPicoUsd, lines: ours.lines.map(spellLine) };
  return purchase.capacity ? onCapacity(listed, served, ours.lines, purchase.route.tier, purchase.capacity) : listed;
}

/** The list price, less what is paid for already. */
function onCapacity(
  listed: Bill,
  { usage, servedTier }: ServedUsage,
  lines: readonly CostLine[],
  routeTier: Tier,
  { commitment, period }: CapacityInHand,
): Bill {
  const draw = drawOf({ usage, lines, servedTier, routeTier }, commitment.weights, period);
  if (!draw) return listed;
  const capacity = spellDraw(commitment, period, draw);
  if (draw.creditPicoUsd === 0n) return { ...listed, capacity };
  const amount = { ratePicoUsd: -draw.creditPicoUsd, costPicoUsd: -draw.creditPicoUsd };
  const credit = spellLine({ meter: 'committed_capacity', quantity: 1, ...amount });
  const costPicoUsd = listed.costPicoUsd - draw.creditPicoUsd;
  return { ...listed, costPicoUsd, lines: [...listed.lines, credit], capacity };
}

const spellDraw = ({ id }: Commitment, { fromMs }: CapacityPeriod, draw: Draw): NonNullable<Bill['capacity']> => ({
  commitment: id,
  period: new Date(fromMs).toISOString(),
  units: Number(draw.units),
  unitsCovered: Number(draw.unitsCovered),
  sharePicoUsd: draw.sharePicoUsd.toString(),
});

/** How an attempt ended on the wire. `status` null: no head came. `requestSent` false: the venue never saw it. */
export interface AttemptEnd extends ServedUsage {
  status: number | null;
  requestSent: boolean;
}

/** A venue that answered with an error, or was never reached, sold nothing; one that was sent the request may have. */
export function billOfAttempt(end: AttemptEnd, purchase: Purchase): Bill {
  if ((end.status ?? 0) >= 400 || !end.requestSent) return nothingBought;
  return billOf(end, purchase);
}
