/**
 * The port where requests per second are counted, once for all proxies. Two adapters (PostgreSQL, Redis), one conformance
 * suite. What is counted is not money: after a loss everybody begins anew.
 */

export interface RateRequest {
  /** Who asks, within the organisation. */
  subject: string;
  /** Bursts are of a second's worth, and at least one; see `admitRate` of the domain. */
  perSecond: number;
}

/** Null: admitted, and counted. Else how long to wait, more than 0; nothing was counted. */
export type RateAnswer = number | null;

export interface RateCounter {
  /** In order; requests of a batch see each other. Rejects when the store does not answer. */
  take(requests: RateRequest[]): Promise<RateAnswer[]>;
  close(): Promise<void>;
}
