/**
 * How fast teams ask, in this proxy alone: a limit by the second guards venues and neighbours, not money, so it takes no
 * round trip and holds without a desk. Several proxies let through as many times as much (docs/decisions/0006).
 */
import type { Refusal } from '#contracts/refusal.js';
import type { Account } from '#domain/plans/admit-by-plan.js';
import { admitRate } from '#domain/plans/request-rate.js';

const teamsMax = 100_000;

export class RequestRates {
  private readonly due = new Map<string, number>();

  /** Null: admitted, and counted. */
  against({ plan, subscription }: Account, nowMs: number): Refusal | null {
    const { requestsPerSecond } = plan;
    if (requestsPerSecond === null) return null;
    const { team } = subscription;
    const outcome = admitRate(this.due.get(team), requestsPerSecond, nowMs);
    if (outcome.admitted) {
      if (this.due.size >= teamsMax) this.due.clear();
      this.due.set(team, outcome.due);
      return null;
    }
    const message = `The plan ${plan.name} takes ${requestsPerSecond} requests a second from ${team}.`;
    return { code: 'rate_limited', message, scope: `team:${team}`, retryAfterMs: outcome.retryAfterMs };
  }
}
