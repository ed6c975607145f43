/**
 * What is booked for one attempt, from what came back. Missing usage is never zero: what may have been bought and was
 * not counted is booked at the ceiling that was held, and flagged.
 */
import type { CallRecordWire } from '#contracts/call-record.js';
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import { costOf } from './cost-of.js';
import type { PricedRoute, PriceIndex } from './price-book.js';

/** `lines` as they stand in a call record on the wire: money as text. */
export interface Bill {
  basis: CallRecordWire['costBasis'];
  costPicoUsd: bigint;
  lines: CallRecordWire['lines'];
}

export interface ServedUsage {
  usage: Usage;
  /** As the venue returned them; null where it does not say. */
  servedModel: string | null;
  servedTier: Tier | null;
}

/** How an attempt was bought: the route it was sent to, and its ceiling there (null: the price is unknown). */
export interface Purchase {
  route: PricedRoute;
  ceilingPicoUsd: bigint | null;
  prices: PriceIndex;
  /** When the call was admitted: the instant its ceiling was held at. */
  instantMs: number;
}

export const nothingBought: Bill = { basis: 'none', costPicoUsd: 0n, lines: [] };

/** The ceiling, until true-up. */
export function estimatedBill(ceilingPicoUsd: bigint | null): Bill {
  if (ceilingPicoUsd === null) return { basis: 'unpriced', costPicoUsd: 0n, lines: [] };
  return { basis: 'estimated', costPicoUsd: ceilingPicoUsd, lines: [] };
}

/** Booked at the model and tier served where the book knows them, else at the route's. */
export function billOf({ usage, servedModel, servedTier }: ServedUsage, purchase: Purchase): Bill {
  if (usage.basis === 'missing' || usage.basis === 'quarantined') return estimatedBill(purchase.ceilingPicoUsd);
  const { route, prices, instantMs } = purchase;
  const { venue } = route;
  const tier = servedTier ?? route.tier;
  const asServed =
    servedModel !== null && servedModel !== route.model
      ? costOf(usage, prices, { venue, model: servedModel, tier }, instantMs)
      : null;
  const cost = asServed?.priced ? asServed : costOf(usage, prices, { venue, model: route.model, tier }, instantMs);
  if (!cost.priced) return { basis: 'unpriced', costPicoUsd: 0n, lines: [] };
  const lines = cost.lines.map((line) => ({
    meter: line.meter,
    quantity: line.quantity,
    ratePicoUsd: line.ratePicoUsd.toString(),
    costPicoUsd: line.costPicoUsd.toString(),
  }));
  return { basis: 'reported', costPicoUsd: cost.costPicoUsd, lines };
}

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
