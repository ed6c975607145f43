/** What a snapshot is assembled from, as read in one transaction: everything declared, and the latest verdict of each candidate. */
import type { Commitment } from './commitment.js';
import type { Enforcement } from './enforcement.js';
import type { Envelope } from './envelope.js';
import type { LaneTable } from './lane.js';
import type { PublishedSnapshot } from './snapshot-feed.js';
import type { Plan, Subscription } from './plan.js';
import type { PriceBook } from './price.js';
import type { UseCase } from './use-case.js';
import type { Route, Venue } from './venue.js';
import type { Verdict } from './verdict.js';

export interface SnapshotParts {
  venues: Venue[];
  routes: Route[];
  /** What a call's `model` means: the route asked for. */
  models: Record<string, string>;
  /** Absent: none declared. */
  lanes?: LaneTable;
  plans?: Plan[];
  subscriptions?: Subscription[];
  /** Null before the first price was published: every route is unpriced. */
  prices: PriceBook | null;
  useCases: UseCase[];
  /** Hash of the current suite by use case. */
  suites: Record<string, string>;
  /** The latest of each (use case, gate, candidate), whatever it says. */
  verdicts: Verdict[];
  /** By verdict, what enforcing it has come to. */
  enforcements?: Record<string, Enforcement>;
  /** `<use case>|<judge key>` of every judge that passed its test; absent: none. */
  admittedJudges?: string[];
  /** When each candidate was last observed; absent: not followed. */
  observed?: ObservedAt[];
  /** By use case, the share of calls to replay; absent or of another gate: that of the bootstrap. */
  plannedShares?: Record<string, PlannedShare>;
  envelopes: Envelope[];
  /** Absent: none. */
  commitments?: Commitment[];
}

export interface ObservedAt {
  gate: string;
  candidate: string;
  revision: string;
  observedAt: string;
}

export interface PlannedShare {
  gate: string;
  share: number;
  shareBy: 'bootstrap' | 'nobody' | 'verdict_in_7_days' | 'spend' | 'all_calls' | 'asked' | 'unknown';
}

export interface SnapshotStamp {
  version: number;
  /** ISO 8601, UTC. */
  publishedAt: string;
  organisation: string;
}

export type AssembledSnapshot =
  | { outcome: 'assembled'; published: PublishedSnapshot }
  /** Each problem names the offender in one sentence. */
  | { outcome: 'invalid'; problems: string[] };

/** Implemented by domain/routing/assemble-snapshot. */
export type AssembleSnapshot = (parts: SnapshotParts, stamp: SnapshotStamp) => AssembledSnapshot;
