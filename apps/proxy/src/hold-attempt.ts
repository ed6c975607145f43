/** Sizes the hold of one attempt and asks the desk for it. The ceiling is of the resolved route, and again for every hop. */
import {
  DeskFault,
  type HeldEnvelope,
  type HoldAnswer,
  type HoldRefusal,
  type HoldRequest,
} from '#contracts/envelope-desk.js';
import type { Refusal } from '#contracts/refusal.js';
import type { UsageParts } from '#contracts/usage.js';
import { type CallBound, ceilingOf, nanoCeil } from '#domain/pricing/ceiling-of.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import type { PlacedRoute, RoutingIndex } from '#domain/routing/routing-index.js';
import { type AdmittedCall, type InboundCall, unclassified } from './admit-call.js';

export interface AttemptHold {
  attemptId: string;
  /** Null: the price is unknown, and no envelope that refuses covers the call. */
  ceilingPicoUsd: bigint | null;
  envelopes: HeldEnvelope[];
  wouldRefuse: string[];
  position: number | null;
  steer: boolean;
  /** The desk did not answer and the call goes on without a hold, as its mode allows. */
  deskDown: boolean;
}

export type HoldOutcome = { hold: AttemptHold; refused?: undefined } | { refused: Refusal };

/** Longer than any call may take; a hold still open then is listed by the desk and booked at its ceiling. */
export const holdLifetimeMs = 15 * 60_000;

export interface HoldParts {
  ask: (request: HoldRequest) => Promise<HoldAnswer>;
  index: RoutingIndex;
  maxOutputTokens: number;
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
  const mode = call.useCase?.definition.mode ?? 'off';
  const envelopes = parts.index.envelopes({
    team: call.useCase?.definition.team ?? call.key.team,
    useCase: call.useCase?.definition.slug ?? unclassified,
    key: call.key.id,
    purpose: 'live',
    mode,
  });
  const uncapped = call.head.hostedTools.find(({ usesMax }) => usesMax === null);
  if (uncapped && envelopes.some((envelope) => envelope.refuses)) {
    const message = `Nothing bounds how often ${uncapped.name} runs, and an envelope must hold this call.`;
    return { refused: { code: 'tool_without_cap', message, param: 'tools' } };
  }
  const bound = boundOf(call.head, placed, parts.maxOutputTokens);
  const ceilingPicoUsd = uncapped ? null : ceilingOf(bound, parts.index.prices, placed.route, inbound.admittedAtMs);
  if (ceilingPicoUsd === null && envelopes.some((envelope) => envelope.refuses)) {
    return {
      refused: {
        code: 'price_unknown',
        message: `${placed.route.id} has no price, and an envelope must hold this call.`,
      },
    };
  }
  const unheld: AttemptHold = {
    attemptId,
    ceilingPicoUsd,
    envelopes: [],
    wouldRefuse: [],
    position: null,
    steer: false,
    deskDown: false,
  };
  if (envelopes.length === 0 && !parts.line) return { hold: unheld };
  try {
    const answer = await parts.ask({
      holdId: attemptId,
      callId: inbound.callId,
      amountNanoUsd: nanoCeil(ceilingPicoUsd ?? 0n),
      envelopes,
      expiresInMs: holdLifetimeMs,
      ...(parts.line ? { line: parts.line } : {}),
    });
    if (answer.outcome === 'refused')
      return { refused: spellHoldRefusal(answer.refusal, nanoCeil(ceilingPicoUsd ?? 0n), inbound.admittedAtMs) };
    if (answer.outcome === 'unknown_envelope')
      return withoutDesk(call, unheld, `The desk does not know the envelope ${answer.envelope} yet.`);
    const { envelopes: held, wouldRefuse, position, step } = answer;
    return { hold: { ...unheld, envelopes: held, wouldRefuse, position, steer: step === 'steer' } };
  } catch (error) {
    if (!(error instanceof DeskFault)) throw error;
    return withoutDesk(call, unheld, error.message);
  }
}

/** Each use of a hosted tool is another pass of the model over all it has seen, which a context window bounds. */
function boundOf(head: AdmittedCall['head'], { route }: PlacedRoute, outputTokensMax: number): CallBound {
  const quantitiesMax: UsageParts = {};
  let inputTokensMax = Math.min(head.inputTokensBound, route.contextWindow);
  for (const { meter, usesMax } of head.hostedTools) {
    const uses = usesMax ?? 0;
    inputTokensMax += uses * route.contextWindow;
    if (meter) quantitiesMax[meter] = (quantitiesMax[meter] ?? 0) + uses;
  }
  return { inputTokensMax, outputTokensMax, choices: head.choices, needs: head.needs, quantitiesMax };
}

/** Off and shadow serve without a desk, and lose the sample; enforce refuses unless the use case chose its baseline. */
function withoutDesk(call: AdmittedCall, unheld: AttemptHold, why: string): HoldOutcome {
  const { mode, whenDeskIsDown } = call.useCase?.definition ?? { mode: 'off', whenDeskIsDown: 'closed' };
  if (mode !== 'enforce' || whenDeskIsDown === 'baseline') return { hold: { ...unheld, deskDown: true } };
  return { refused: { code: 'desk_unavailable', message: why } };
}

const codes = { in_flight: 'envelope_in_flight', never_fits: 'envelope_never_fits', spent: 'envelope_spent' } as const;
const retryInFlightMs = 1_000;

function spellHoldRefusal(refusal: HoldRefusal, amountNanoUsd: bigint, nowMs: number): Refusal {
  const resetsAt = refusal.resetsAtMs === null ? null : new Date(refusal.resetsAtMs).toISOString();
  const retryAfterMs =
    refusal.reason === 'in_flight'
      ? retryInFlightMs
      : refusal.reason === 'spent' && refusal.resetsAtMs
        ? refusal.resetsAtMs - nowMs
        : undefined;
  return {
    code: codes[refusal.reason],
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
