/**
 * How fast teams ask: counted at the desk's store, once for all proxies, and only for plans that have a rate. What is too
 * fast for this proxy alone is too fast for all and asks nobody; while the store is down, this proxy's own count stands.
 */
import type { RateAnswer, RateRequest } from '#contracts/rate-counter.js';
import type { Refusal } from '#contracts/refusal.js';
import type { Account } from '#domain/plans/admit-by-plan.js';
import { admitRate } from '#domain/plans/request-rate.js';

const teamsMax = 100_000;

export class RequestRates {
  private readonly due = new Map<string, number>();

  constructor(private readonly ask: (request: RateRequest) => Promise<RateAnswer>) {}

  /** Null: admitted, and counted. Never rejects. */
  async against({ plan, subscription: { team } }: Account, nowMs: number): Promise<Refusal | null> {
    const { requestsPerSecond: perSecond } = plan;
    if (perSecond === null) return null;
    const here = admitRate(this.due.get(team), perSecond, nowMs);
    if (here.admitted) {
      if (this.due.size >= teamsMax) this.due.clear();
      this.due.set(team, here.due);
    }
    const waitMs = here.admitted
      ? await this.ask({ subject: `team:${team}`, perSecond }).catch(() => null)
      : here.retryAfterMs;
    if (waitMs === null) return null;
    const message = `The plan ${plan.name} takes ${perSecond} requests a second from ${team}.`;
    return { code: 'rate_limited', message, scope: `team:${team}`, retryAfterMs: Math.ceil(waitMs) };
  }
}
