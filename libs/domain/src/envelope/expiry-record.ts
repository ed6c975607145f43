/** The call record of a hold that expired. It says what the hold itself tells, and leaves out what nobody knows. Pure. */
import type { CallRecordWire } from '#contracts/call-record.js';
import type { OpenHold, Settlement } from '#contracts/envelope-desk.js';
import type { RoutingIndex } from '../routing/routing-index.js';

/** The shadow replay a hold was for. */
export interface HeldReplay {
  /** Of the live call. */
  callId: string;
  useCase: string;
  candidate: string;
  cluster: string;
}

export interface ExpiredHold {
  organisation: string;
  index: RoutingIndex;
  hold: OpenHold;
  /** Null: it was a live call's. */
  replay: HeldReplay | null;
  /** Nothing can have been bought with it. */
  nothingSent: boolean;
  nowMs: number;
}

const unclassified = 'unclassified';

export function expirySettlement(expired: ExpiredHold): Settlement {
  const { hold, nothingSent } = expired;
  const costNanoUsd = nothingSent ? 0n : hold.amountNanoUsd;
  const record = recordOf(expired, costNanoUsd * 1000n);
  return { holdId: hold.holdId, costNanoUsd, envelopes: hold.envelopes, record: JSON.stringify(record) };
}

function recordOf(expired: ExpiredHold, costPicoUsd: bigint): CallRecordWire {
  const { organisation, index, hold, replay, nowMs } = expired;
  const now = new Date(nowMs).toISOString();
  const cost = costPicoUsd.toString();
  const owner = ownerOf(expired);
  const placed = replay ? index.routes.get(replay.candidate) : undefined;
  return {
    schema: 'o10.call.v1',
    kind: 'hold_expiry',
    callId: hold.callId,
    attemptId: hold.holdId,
    attempt: 1,
    final: true,
    organisation,
    ...owner,
    mode: index.useCases.get(owner.useCase)?.definition.mode ?? 'off',
    protocol: placed?.venue.protocol ?? 'unknown',
    stream: false,
    snapshot: index.snapshot.version,
    admittedAt: now,
    endedAt: now,
    requestedModel: null,
    route: replay?.candidate ?? null,
    venue: placed?.venue.id ?? null,
    jurisdiction: placed?.venue.jurisdiction ?? null,
    tier: placed?.route.tier ?? null,
    servedModel: null,
    outcome: 'truncated',
    refusal: null,
    status: null,
    decision: null,
    envelopes: hold.envelopes,
    wouldRefuse: [],
    heldNanoUsd: hold.amountNanoUsd.toString(),
    costBasis: expired.nothingSent ? 'none' : 'estimated',
    costPicoUsd: cost,
    chargePicoUsd: cost,
    priceBook: null,
    lines: [],
    usage: { basis: 'missing', parts: {} },
    replayOf: replay?.callId ?? null,
    line: null,
    latencyMs: null,
    firstByteMs: null,
    overheadMs: null,
    requestDigest: null,
    answerDigest: null,
    cluster: replay?.cluster ?? null,
  };
}

/** A live hold does not say whose it was; the envelopes it fell under do, as far as they go. */
function ownerOf({ index, hold, replay }: ExpiredHold): Pick<CallRecordWire, 'team' | 'useCase' | 'key'> {
  const held = new Set(hold.envelopes.map(({ envelope }) => envelope));
  const scopes = index.snapshot.envelopes.filter(({ id }) => held.has(id)).map(({ scope }) => scope);
  const of = <Kind extends 'use_case' | 'team' | 'key'>(kind: Kind) =>
    scopes.find((scope): scope is Extract<(typeof scopes)[number], { kind: Kind }> => scope.kind === kind);
  const useCase = replay?.useCase ?? of('use_case')?.useCase ?? unclassified;
  const team = index.useCases.get(useCase)?.definition.team ?? of('team')?.team ?? null;
  return { useCase, team, key: of('key')?.key ?? null };
}
