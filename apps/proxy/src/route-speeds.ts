/** How many tokens a second routes have lately given, as this proxy saw it. A view, for callers who sort by it. */
import type { RouteId } from '#contracts/names.js';
import { throughputOf, type TimedAnswer } from '#domain/catalog/measure-route.js';

/** What was seen longer ago says nothing about now. */
const rememberedMs = 10 * 60_000;
/** How much the latest answer counts for. */
const weight = 0.2;
const routesMax = 10_000;

export class RouteSpeeds {
  private readonly seen = new Map<RouteId, { tokensPerSecond: number; atMs: number }>();

  /** An answer without tokens that could be counted or timed is passed over. */
  saw(route: RouteId, answer: TimedAnswer, nowMs: number): void {
    const latest = throughputOf(answer);
    if (latest === null) return;
    const before = this.of(route, nowMs) ?? latest;
    if (this.seen.size >= routesMax) this.seen.clear();
    this.seen.set(route, { tokensPerSecond: before + weight * (latest - before), atMs: nowMs });
  }

  /** Null: nothing was seen lately. */
  of(route: RouteId, nowMs: number): number | null {
    const seen = this.seen.get(route);
    return seen && nowMs - seen.atMs <= rememberedMs ? seen.tokensPerSecond : null;
  }
}
