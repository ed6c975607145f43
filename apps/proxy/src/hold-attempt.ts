/** Sizes the hold of one attempt and asks the desk for it. The ceiling is of the resolved route, and again for every hop. */
import type { LadderStep } from '#contracts/envelope.js';
import {
  DeskFault,
  type HeldEnvelope,
  type HoldAnswer,
  type HoldRefusal,
  type HoldRequest,
} from '#contracts/envelope-desk.js';
import type { Refusal } from '#contracts/refusal.js';
import { flexTermsOf } from '#contracts/venue.js';
import type { UsageParts } from '#contracts/usage.js';
import { type CallBound, ceilingOf, nanoCeil } from '#domain/pricing/ceiling-of.js';
import { isFlex } from '#domain/routing/flex.js';
import { type Account, planCodeOf } from '#domain/plans/admit-by-plan.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { accountOf, type AdmittedCall, type InboundCall, unclassified } from './admit-call.js';

export interface AttemptHold {
  attemptId: string;
  /** Null: the price is unknown, and no envelope that refuses covers the call. */
  ceilingPicoUsd: bigint | null;
  envelopes: HeldEnvelope[];
  wouldRefuse: string[];
  position: number | null;
  /** How far up their ladders the envelopes are, this hold counted. */
  step: LadderStep | null;
  /** The output limit an envelope lowered this attempt to; null: as the call and its use case have it. */
  loweredTo: number | null;
  /** The desk did not answer and the call goes on without a hold, as its mode allows. */
  deskDown: boolean;
}

/**
 * Of a refusal: how far up its ladder the envelope that refused can go. `inDoubt`: the desk was asked and did not answer;
 * it may hold money under this attempt's id, so that is given back.
 */
export type HoldOutcome = (
  { hold: AttemptHold; refused?: undefined } | { refused: Refusal; step: LadderStep | null }
) & { inDoubt?: AttemptHold };

/** Longer than any call at the standard tier may take; a hold still open then is listed by the desk and booked at its ceiling. */
export const holdLifetimeMs = 15 * 60_000;

const lifetimeOf = (placed: PlacedRoute): number =>
  isFlex(placed) ? holdLifetimeMs + flexTermsOf(placed.venue).timeoutMs : holdLifetimeMs;

/** Of an attempt that was never held: nothing was asked of the desk. */
export const neverHeld = (attemptId: string): AttemptHold => ({
  attemptId,
  ceilingPicoUsd: null,
  envelopes: [],
  wouldRefuse: [],
  position: null,
  step: null,
  loweredTo: null,
  deskDown: false,
});

export interface HoldParts {
  ask: (request: HoldRequest) => Promise<HoldAnswer>;
  index: RoutingIndex;
  maxOutputTokens: number;
  /** Below `maxOutputTokens`, where the ladder of an envelope asks for it. */
  lowerTo: number | null;
  /** The least output limit the call may be cut to, to what is left, rather than be refused; null: it may not be cut. */
  cutTo: number | null;
  /** The gate hash when this call is sampled. */
  line: string | null;
}

export async function holdAttempt(
  attemptId: string,
  inbound: InboundCall,
  call: AdmittedCall,
  placed: PlacedRoute,
  parts: HoldParts,
): Promise<HoldOutcome> {
  const envelopes = inbound.protocol.free ? [] : envelopesOf(inbound, call, placed, parts.index);
  const uncapped = call.head.hostedTools.find(({ usesMax }) => usesMax === null);
  if (uncapped && envelopes.some((envelope) => envelope.refuses)) {
    const message = `Nothing bounds what ${uncapped.name} costs, and an envelope must hold this call.`;
    return { refused: { code: 'tool_without_cap', message, param: 'tools' }, step: null };
  }
  const { prices } = parts.index;
  const ceilingAt = (outputTokensMax: number) =>
    uncapped
      ? null
      : ceilingOf(boundOf(call.head, placed, outputTokensMax), prices, placed.route, inbound.admittedAtMs);
  const ceilingPicoUsd = inbound.protocol.free ? 0n : ceilingAt(parts.lowerTo ?? parts.maxOutputTokens);
  if (ceilingPicoUsd === null && envelopes.some((envelope) => envelope.refuses)) {
    return {
      refused: {
        code: 'price_unknown',
        message: `${placed.route.id} has no price, and an envelope must hold this call.`,
      },
      step: null,
    };
  }
  const unheld: AttemptHold = { ...neverHeld(attemptId), ceilingPicoUsd, loweredTo: parts.lowerTo };
  if (envelopes.length === 0 && !parts.line) return { hold: unheld };
  const ask = (amountNanoUsd: bigint, line: string | null) =>
    parts.ask({
      holdId: attemptId,
      callId: inbound.callId,
      amountNanoUsd,
      envelopes,
      expiresInMs: lifetimeOf(placed),
      ...(line === null ? {} : { line }),
    });
  const refusedBy = (refusal: HoldRefusal, amountNanoUsd: bigint): HoldOutcome => ({
    refused: spellHoldRefusal(refusal, amountNanoUsd, inbound.admittedAtMs, accountOf(call, parts.index)),
    step: parts.index.ladderTop(refusal.envelope),
  });
  try {
    const amountNanoUsd = nanoCeil(ceilingPicoUsd ?? 0n);
    const answer = await ask(amountNanoUsd, parts.line);
    if (answer.outcome !== 'refused') return outcomeOf(answer, call, unheld);
    const cut = cutToFit(answer.refusal, ceilingAt, parts);
    if (cut === null) return refusedBy(answer.refusal, amountNanoUsd);
    const cutNanoUsd = nanoCeil(cut.ceilingPicoUsd);
    // What was cut short is no evidence of what the route can do.
    const again = await ask(cutNanoUsd, null);
    if (again.outcome === 'refused') return refusedBy(again.refusal, cutNanoUsd);
    return outcomeOf(again, call, { ...unheld, ...cut });
  } catch (error) {
    if (!(error instanceof DeskFault)) throw error;
    return { ...withoutDesk(call, unheld, error.message), inDoubt: unheld };
  }
}

/** Each use of a hosted tool is another pass of the model over all it has seen, which a context window bounds. */
function boundOf(head: AdmittedCall['head'], { route }: PlacedRoute, outputTokensMax: number): CallBound {
  const quantitiesMax: UsageParts = {};
  let inputTokensMax = Math.min(head.inputTokensBound, route.contextWindow * (head.contexts ?? 1));
  for (const { meter, usesMax } of head.hostedTools) {
    const uses = usesMax ?? 0;
    inputTokensMax += uses * route.contextWindow;
    if (meter) quantitiesMax[meter] = (quantitiesMax[meter] ?? 0) + uses;
  }
  const { choices, needs } = head;
  return { inputTokensMax, outputTokensMax, choices, needs, quantitiesMax, ...picturesOf(head, route) };
}

/** As OpenAI documents what a sketch on the way to a picture adds to it (image generation guide, streaming). */
const tokensOfSketch = 100;

/** What one picture is at most is what its route says of its output. */
function picturesOf({ pictures }: AdmittedCall['head'], { maxOutputTokens }: PlacedRoute['route']) {
  if (!pictures) return {};
  const { count, partials } = pictures;
  return { pictures: { count, tokensMax: count * (maxOutputTokens + partials * tokensOfSketch) } };
}

const envelopesOf = (inbound: InboundCall, call: AdmittedCall, { route }: PlacedRoute, index: RoutingIndex) =>
  index.envelopes({
    team: call.useCase?.definition.team ?? call.key.team,
    useCase: call.useCase?.definition.slug ?? unclassified,
    key: call.key.id,
    purpose: 'live',
    mode: call.useCase?.definition.mode ?? 'off',
    model: route.model,
    tag: inbound.tag ?? null,
  });

/** The largest output limit whose ceiling the refusing envelope has room for; null: less than the call may be cut to. */
function cutToFit(
  { limitNanoUsd, settledNanoUsd, heldNanoUsd }: HoldRefusal,
  ceilingAt: (outputTokensMax: number) => bigint | null,
  { cutTo, lowerTo, maxOutputTokens }: HoldParts,
): { ceilingPicoUsd: bigint; loweredTo: number } | null {
  if (cutTo === null) return null;
  const roomPicoUsd = (limitNanoUsd - settledNanoUsd - heldNanoUsd) * 1000n;
  const fits = (tokens: number) => (ceilingAt(tokens) ?? roomPicoUsd + 1n) <= roomPicoUsd;
  let [fitting, tooMany] = [cutTo, lowerTo ?? maxOutputTokens];
  if (fitting >= tooMany || !fits(fitting)) return null;
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2);
    if (fits(middle)) fitting = middle;
    else tooMany = middle;
  }
  const ceilingPicoUsd = ceilingAt(fitting);
  return ceilingPicoUsd === null ? null : { ceilingPicoUsd, loweredTo: fitting };
}

function outcomeOf(
  answer: Exclude<HoldAnswer, { outcome: 'refused' }>,
  call: AdmittedCall,
  unheld: AttemptHold,
): HoldOutcome {
  if (answer.outcome === 'unknown_envelope')
    return withoutDesk(call, unheld, `The desk does not know the envelope ${answer.envelope} yet.`);
  const { envelopes, wouldRefuse, position, step } = answer;
  return { hold: { ...unheld, envelopes, wouldRefuse, position, step } };
}

/** Off and shadow serve without a desk, and lose the sample; enforce refuses unless the use case chose its baseline. */
function withoutDesk(call: AdmittedCall, unheld: AttemptHold, why: string): HoldOutcome {
  const { mode, whenDeskIsDown } = call.useCase?.definition ?? { mode: 'off', whenDeskIsDown: 'closed' };
  if (mode !== 'enforce' || whenDeskIsDown === 'baseline') return { hold: { ...unheld, deskDown: true } };
  return { refused: { code: 'desk_unavailable', message: why }, step: null };
}

const codes = { in_flight: 'envelope_in_flight', never_fits: 'envelope_never_fits', spent: 'envelope_spent' } as const;
const retryInFlightMs = 1_000;

function spellHoldRefusal(
  refusal: HoldRefusal,
  amountNanoUsd: bigint,
  nowMs: number,
  account: Account | null,
): Refusal {
  const resetsAt = refusal.resetsAtMs === null ? null : new Date(refusal.resetsAtMs).toISOString();
  const retryAfterMs =
    refusal.reason === 'in_flight'
      ? retryInFlightMs
      : refusal.reason === 'spent' && refusal.resetsAtMs
        ? refusal.resetsAtMs - nowMs
        : undefined;
  const ofPlan = account && planCodeOf(account, refusal.envelope);
  return {
    code: (refusal.reason === 'spent' && ofPlan) || codes[refusal.reason],
    scope: ofPlan ? `team:${account.subscription.team}` : `envelope:${refusal.envelope}`,
    message: `The envelope ${refusal.envelope} cannot hold ${usd(amountNanoUsd)} USD for this call.`,
    envelope: {
      id: refusal.envelope,
      limitUsd: usd(refusal.limitNanoUsd),
      settledUsd: usd(refusal.settledNanoUsd),
      heldUsd: usd(refusal.heldNanoUsd),
      resetsAt,
    },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

const usd = (nanoUsd: bigint): string => decimalUsd(nanoUsd * 1000n);
