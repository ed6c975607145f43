/**
 * How much of committed capacity is used, as this proxy knows it: the counts of the ledger, a second or so old, and its
 * own draws since. It decides what a call is booked at first; the ledger's order of lines has the last word.
 */
import type { CapacityCounts } from '#contracts/commitment.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import type { UsageParts } from '#contracts/usage.js';
import type { CapacityInHand } from '#domain/pricing/bill-of.js';
import { periodAt, unitsOf } from '#domain/pricing/draw-capacity.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';

/** A draw may take this long to be counted: settled, taken in, sequenced, folded. Until then it is counted here too. */
const countedAfterMs = 2_000;

interface OwnDraw {
  commitment: string;
  fromMs: number;
  units: bigint;
  atMs: number;
}

export class CapacityView {
  private counts: CapacityCounts | null = null;
  private own: OwnDraw[] = [];

  constructor(private readonly feed: Pick<SnapshotFeed, 'capacity'>) {}

  /** Throws only when the feed does. */
  async refresh(index: RoutingIndex | null): Promise<void> {
    if (!index?.commitments.size) return;
    this.counts = await this.feed.capacity();
    const countedMs = Date.parse(this.counts?.asOf ?? '') - countedAfterMs;
    this.own = this.own.filter(({ atMs }) => !(atMs < countedMs));
  }

  /** Null: the route draws from nothing, or nobody has counted this period: then a call is at list price. */
  inHand(placed: PlacedRoute, index: RoutingIndex, instantMs: number): CapacityInHand | null {
    const commitment = index.commitments.get(placed.route.id);
    const period = commitment && periodAt(commitment, instantMs);
    if (!period) return null;
    const counted = this.counts?.periods.find(
      (one) => one.commitment === commitment.id && Date.parse(one.from) === period.fromMs,
    );
    if (!counted) return null;
    const own = this.own
      .filter((draw) => draw.commitment === commitment.id && draw.fromMs === period.fromMs)
      .reduce((sum, { units }) => sum + units, 0n);
    return { commitment, period: { ...period, unitsUsed: BigInt(counted.unitsUsed) + own } };
  }

  drew({ commitment, period }: CapacityInHand, parts: UsageParts, atMs: number): void {
    const units = unitsOf(commitment.weights, parts);
    if (units > 0n) this.own.push({ commitment: commitment.id, fromMs: period.fromMs, units, atMs });
  }
}
