/**
 * The port where money is held and settled. Two adapters (PostgreSQL, Redis), one conformance suite.
 * Every operation takes a batch: the holds of one event-loop turn travel in one call.
 * An adapter throws `DeskFault` when it cannot answer; then nothing of the batch may be assumed.
 */
import type { LadderStep } from './envelope.js';

export interface WindowSpan {
  /** Part of every key: "2026-11" or "total". */
  id: string;
  startsAtMs: number;
  /** Exclusive; null never ends. */
  endsAtMs: number | null;
  /** Earlier windows whose balances count against the limit of this one too: the buckets of a rolling window. */
  also?: string[];
}

/** The steps short of refusing, from the mildest, and the share of the limit (settled + held) each begins at. */
export type LadderShares = Partial<Record<LadderStep, number | null>>;

/** An envelope as the desk keeps it. Windows are precomputed; the desk's own clock picks among them. */
export interface DeskEnvelope {
  id: string;
  limitNanoUsd: bigint;
  steerAtPercent: number | null;
  /** The further steps; one that is not named is never reached. */
  ladder?: Omit<LadderShares, 'steer'>;
  windows: WindowSpan[];
}

export interface HoldRequest {
  holdId: string;
  callId: string;
  amountNanoUsd: bigint;
  /** All or nothing. An envelope that only accounts never refuses, and reports that it would have. */
  envelopes: { id: string; refuses: boolean }[];
  /** After this long without an ending the hold is listed by `expired`. */
  expiresInMs: number;
  /** Number this call in the line of evidence of this gate. */
  line?: string;
}

export interface HeldEnvelope {
  envelope: string;
  window: string;
}

export interface HoldRefusal {
  envelope: string;
  /** in_flight: fits once others settle. never_fits: larger than the limit. spent: settled spend leaves no room. */
  reason: 'in_flight' | 'never_fits' | 'spent';
  limitNanoUsd: bigint;
  settledNanoUsd: bigint;
  heldNanoUsd: bigint;
  resetsAtMs: number | null;
}

export type HoldAnswer =
  | {
      outcome: 'held';
      holdId: string;
      envelopes: HeldEnvelope[];
      /** The furthest step any envelope has reached, counted after this hold. */
      step: LadderStep | null;
      wouldRefuse: string[];
      /** Place in the line, from 1 without gaps; null when no line was asked for. */
      position: number | null;
    }
  | { outcome: 'refused'; holdId: string; refusal: HoldRefusal }
  /**
   * The desk does not know this envelope, or no window covers now. A desk that is not built admits nothing at all and
   * names the first envelope asked for, or none ("").
   */
  | { outcome: 'unknown_envelope'; holdId: string; envelope: string };

/**
 * The ending of an attempt, with its record: the money moves and the record is appended in one atomic step.
 * Idempotent by `holdId`. A settlement whose hold the desk has forgotten still counts, on the windows it names.
 * A refused call settles nothing: no envelopes, cost 0.
 */
export interface Settlement {
  holdId: string;
  /** Actual cost, rounded up to a nano-USD; 0 releases. May exceed what was held: then it is recorded in full. */
  costNanoUsd: bigint;
  envelopes: HeldEnvelope[];
  /** CallRecord on the wire, as text. */
  record: string;
}

export interface SettleAnswer {
  holdId: string;
  /** `already`: this id was settled before; nothing moved, nothing was appended. */
  outcome: 'settled' | 'already';
}

/** A correction of what an attempt has cost, known after its ending. Its record goes to the ledger with the money. */
export interface Adjustment {
  /** Never the id of a hold. */
  adjustmentId: string;
  /** Added to what is settled; below 0 where the attempt was booked too high. */
  differenceNanoUsd: bigint;
  envelopes: HeldEnvelope[];
  record: string;
}

/**
 * What a desk knows of an attempt. `waiting`: it has ended and its record waits for the ledger. `recorded`: it has ended
 * and the ledger has its record. `unknown`: never heard of, or lost, or ended long ago.
 */
export type AttemptState = 'open' | 'waiting' | 'recorded' | 'unknown';

export interface EnvelopeBalance {
  envelope: string;
  window: string;
  settledNanoUsd: bigint;
  heldNanoUsd: bigint;
}

export interface OpenHold {
  holdId: string;
  callId: string;
  amountNanoUsd: bigint;
  envelopes: HeldEnvelope[];
  expiresAtMs: number;
}

/** A hold as who holds it presents it again. Its clock is not the desk's: it says how long from now. */
export interface PresentedHold extends Omit<OpenHold, 'expiresAtMs'> {
  expiresInMs: number;
  /** The place in a line of evidence that was given with it. */
  line?: { line: string; position: number };
}

/** A balance, and how much of `settled` belongs to records that wait for the ledger: settled − waiting = ledger, or it drifts. */
export interface EnvelopeBooks extends EnvelopeBalance {
  waitingNanoUsd: bigint;
}

/** A record waiting for the ledger. `cursor` acknowledges it, and is never another record's, even after the store was lost. */
export interface PendingRecord {
  cursor: string;
  record: string;
}

/** All the desk must know again after its store was lost. */
export interface DeskState {
  envelopes: DeskEnvelope[];
  balances: EnvelopeBalance[];
  holds: OpenHold[];
  /** Next free position per line of evidence. */
  lines: { line: string; nextPosition: number }[];
  /** Counts the rebuilds; 1 where it is not given. */
  epoch?: number;
  /** Ids that have ended and are counted in the balances: offered again, they are `already`. */
  ended?: string[];
}

export interface EnvelopeDesk {
  /**
   * Adds envelopes or changes their limits and windows. Never touches what is settled or held. Throws `DeskNotBuilt`
   * before the first `rebuild` and after the store was lost: an envelope put there would seem to have spent nothing.
   */
  putEnvelopes(envelopes: DeskEnvelope[]): Promise<void>;
  hold(requests: HoldRequest[]): Promise<HoldAnswer[]>;
  settle(settlements: Settlement[]): Promise<SettleAnswer[]>;
  /** Up to `count` records not acknowledged yet, oldest first within a partition. Seen again until acknowledged. */
  drain(count: number): Promise<PendingRecord[]>;
  acknowledge(cursors: string[]): Promise<void>;
  /** Open holds past their expiry by the desk's clock. */
  expired(count: number): Promise<OpenHold[]>;
  balances(envelopes: string[]): Promise<EnvelopeBalance[]>;
  /** What the desk knows of each id, in order. */
  attempts(holdIds: string[]): Promise<AttemptState[]>;
  /**
   * Counts holds again that the desk has lost, whatever the limits: their money may be spent already. An id that is open
   * or has ended is left as it is. Works on a desk that is not built: what is presented there is kept by the rebuild.
   */
  rehold(holds: PresentedHold[]): Promise<void>;
  /** All open holds, in no order. */
  openHolds(): Promise<OpenHold[]>;
  /** Moves settled money and appends the record in one atomic step. Idempotent by `adjustmentId`, as `settle` is. */
  adjust(adjustments: Adjustment[]): Promise<SettleAnswer[]>;
  /** All of one instant. A window with nothing settled and nothing held is not listed. */
  books(envelopes: string[]): Promise<EnvelopeBooks[]>;
  /** The epoch it was last built in; null: not built, or the store is another one since. */
  epoch(): Promise<number | null>;
  /** Names the store as it is: it has another name after it was lost, or was started again where that may lose something. */
  store(): Promise<string>;
  /**
   * For so long, or until a rebuild, holds, settlements and adjustments fail with `DeskFault`, so that a state can be
   * taken that nothing moves behind. Returns the proof of it for `rebuild`.
   */
  freeze(forMs: number): Promise<string>;
  /**
   * Replaces everything by this state, and ends a freeze; records waiting for the ledger stay, and a line of evidence
   * never goes back: who presented a hold has the place that came with it. With the proof of a
   * freeze that is over: false, and nothing has changed.
   */
  rebuild(state: DeskState, frozen?: string): Promise<boolean>;
  close(): Promise<void>;
}

/** How often holders ask the desk what it knows of their attempts, and present again what it has lost. */
export const presentEveryMs = 500;

/** The desk's store failed: unreachable, frozen, read-only. */
export class DeskFault extends Error {
  readonly code = 'desk_fault';
  constructor(cause: unknown) {
    super(`The envelope desk does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Nothing was ever built here, or the store lost it: `rebuild` from the ledger (for a new organisation, from nothing). */
export class DeskNotBuilt extends Error {
  readonly code = 'desk_not_built';
  constructor(organisation: string) {
    super(`The envelope desk of ${organisation} is not built: rebuild it from the ledger before changing envelopes.`);
  }
}
