/**
 * Whether one hold fits its envelopes, and if not, which of them says no. All comparisons are of `settled + held +
 * amount` with the limit, so that envelopes over their limit refuse even a hold of nothing.
 */
import type {
  DeskEnvelope,
  EnvelopeBalance,
  HoldAnswer,
  HoldRefusal,
  HoldRequest,
  WindowSpan,
} from '#contracts/envelope-desk.js';
import { ladderSteps, type LadderStep } from '#contracts/envelope.js';
import { nanoUsdMax } from '#contracts/money.js';

export type HeldAnswer = Extract<HoldAnswer, { outcome: 'held' }>;

export interface EnvelopeBook {
  envelopes: ReadonlyMap<string, DeskEnvelope>;
  /** By `balanceKey`. */
  balances: ReadonlyMap<string, EnvelopeBalance>;
}

export const balanceKey = (envelope: string, window: string): string => `${envelope} ${window}`;

interface Place {
  envelope: DeskEnvelope;
  window: WindowSpan;
  refuses: boolean;
  settledNanoUsd: bigint;
  heldNanoUsd: bigint;
}

/** From the mildest to the one that no waiting mends. */
const severity: HoldRefusal['reason'][] = ['in_flight', 'spent', 'never_fits'];

/**
 * The answer, its position still null, and the amount as a desk counts it: beyond `nanoUsdMax`, the least amount that
 * fits no envelope. Changes nothing. Throws RangeError for an amount below 0.
 */
export function decideHold(
  book: EnvelopeBook,
  request: HoldRequest,
  nowMs: number,
): { answer: HoldAnswer; amountNanoUsd: bigint } {
  const { holdId } = request;
  if (request.amountNanoUsd < 0n) throw new RangeError(`hold ${holdId} is of less than nothing`);
  const amountNanoUsd = request.amountNanoUsd > nanoUsdMax ? nanoUsdMax + 1n : request.amountNanoUsd;
  const places: Place[] = [];
  for (const asked of request.envelopes) {
    const place = placeOf(book, asked, nowMs);
    if (!place) return { answer: { outcome: 'unknown_envelope', holdId, envelope: asked.id }, amountNanoUsd };
    places.push(place);
  }
  const full = places.filter((place) => countedNanoUsd(place) + amountNanoUsd > place.envelope.limitNanoUsd);
  const refusals = full.filter((place) => place.refuses).map((place) => refusalOf(place, amountNanoUsd));
  const [refusal] = refusals.sort((a, b) => severity.indexOf(b.reason) - severity.indexOf(a.reason));
  if (refusal) return { answer: { outcome: 'refused', holdId, refusal }, amountNanoUsd };
  const answer: HeldAnswer = {
    outcome: 'held',
    holdId,
    envelopes: places.map(({ envelope, window }) => ({ envelope: envelope.id, window: window.id })),
    step: furthest(places.map((place) => stepOf(place, amountNanoUsd))),
    wouldRefuse: full.map((place) => place.envelope.id),
    position: null,
  };
  return { answer, amountNanoUsd };
}

function placeOf(book: EnvelopeBook, asked: HoldRequest['envelopes'][number], nowMs: number): Place | null {
  const envelope = book.envelopes.get(asked.id);
  const window = envelope?.windows.find(
    ({ startsAtMs, endsAtMs }) => startsAtMs <= nowMs && (endsAtMs === null || nowMs < endsAtMs),
  );
  if (!envelope || !window) return null;
  const counted = [window.id, ...(window.also ?? [])].flatMap((id) => {
    return book.balances.get(balanceKey(envelope.id, id)) ?? [];
  });
  return {
    envelope,
    window,
    refuses: asked.refuses,
    settledNanoUsd: counted.reduce((sum, balance) => sum + balance.settledNanoUsd, 0n),
    heldNanoUsd: counted.reduce((sum, balance) => sum + balance.heldNanoUsd, 0n),
  };
}

const countedNanoUsd = (place: Place): bigint => place.settledNanoUsd + place.heldNanoUsd;

/** The furthest step whose share of the limit is reached, this hold counted. */
function stepOf({ envelope, ...place }: Place, amountNanoUsd: bigint): LadderStep | null {
  const shares = { ...envelope.ladder, steer: envelope.steerAtPercent };
  const countedAfter = place.settledNanoUsd + place.heldNanoUsd + amountNanoUsd;
  return furthest(
    ladderSteps.filter((step) => {
      const percent = shares[step] ?? null;
      return percent !== null && countedAfter * 100n >= envelope.limitNanoUsd * BigInt(percent);
    }),
  );
}

function furthest(steps: readonly (LadderStep | null)[]): LadderStep | null {
  return ladderSteps.findLast((step) => steps.includes(step)) ?? null;
}

function refusalOf(place: Place, amountNanoUsd: bigint): HoldRefusal {
  const { envelope, window, settledNanoUsd, heldNanoUsd } = place;
  const { id, limitNanoUsd } = envelope;
  let reason: HoldRefusal['reason'] = 'in_flight';
  if (settledNanoUsd + amountNanoUsd > limitNanoUsd) reason = 'spent';
  if (amountNanoUsd > limitNanoUsd) reason = 'never_fits';
  return { envelope: id, reason, limitNanoUsd, settledNanoUsd, heldNanoUsd, resetsAtMs: window.endsAtMs };
}
