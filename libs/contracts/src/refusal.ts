/**
 * Every way o10 says no, once. A refusal is an outcome with a code, not an exception; each protocol spells
 * it in its caller's own shape. `retryable` becomes `x-should-retry`. Our own outage is never 401, 402 or 403.
 */
import { z } from 'zod';

interface RefusalKind {
  status: number;
  /** A client's own automatic retry is welcome. False for envelopes: a caller that hammers holds nothing sooner. */
  retryable: boolean;
  /** What the reader can do about it. */
  advice: string;
}

export const refusalKinds = {
  invalid_json: { status: 400, retryable: false, advice: 'Send a JSON object in valid UTF-8.' },
  invalid_request: { status: 400, retryable: false, advice: 'Correct the named field.' },
  duplicate_field: { status: 400, retryable: false, advice: 'Send the named field once.' },
  unknown_endpoint: { status: 404, retryable: false, advice: 'See the API reference for what is served.' },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    advice: 'Send content-type: application/json, without content-encoding.',
  },
  body_too_large: { status: 413, retryable: false, advice: 'Send at most 32 MiB.' },
  missing_key: { status: 401, retryable: false, advice: 'Send "Authorization: Bearer sk-o10-…".' },
  unknown_key: { status: 401, retryable: false, advice: 'Check the key, or issue one with POST /api/keys.' },
  revoked_key: { status: 401, retryable: false, advice: 'This key was revoked. Issue another.' },
  expired_key: { status: 401, retryable: false, advice: 'This key has expired. Issue another.' },
  unknown_model: { status: 404, retryable: false, advice: 'GET /v1/models lists what this key may use.' },
  tier_not_offered: { status: 400, retryable: false, advice: 'Leave the tier out, or ask for one that is named.' },
  model_not_allowed: {
    status: 403,
    retryable: false,
    advice: 'The key does not allow this model. GET /v1/models lists what it allows.',
  },
  unknown_answer: {
    status: 404,
    retryable: false,
    advice: 'Name an answer your team was given in the last 24 hours, or send the whole conversation.',
  },
  venue_state_denied: {
    status: 403,
    retryable: false,
    advice: 'Send the messages themselves, or use a key with the scope "venue_state": nobody here knows whose it is.',
  },
  unknown_use_case: { status: 400, retryable: false, advice: 'Name an existing use case, or leave the name out.' },
  residency_denied: {
    status: 403,
    retryable: false,
    advice: 'No route inside the allowed jurisdictions can serve this call.',
  },
  retention_denied: {
    status: 403,
    retryable: false,
    advice: 'No route whose venue keeps little enough can serve this call.',
  },
  model_not_approved: { status: 403, retryable: false, advice: 'Ask for the model to be approved for this use case.' },
  cannot_express: {
    status: 400,
    retryable: false,
    advice: 'Leave out what is named, or ask for a model whose venue speaks this wire format.',
  },
  price_unknown: {
    status: 422,
    retryable: false,
    advice: 'Add a price for this route; what has no price cannot be held.',
  },
  tool_without_cap: {
    status: 422,
    retryable: false,
    advice: 'Cap the tool the venue runs (max_uses); what may run any number of times cannot be held.',
  },
  floor_not_cleared: {
    status: 422,
    retryable: false,
    advice: 'This route has not proved the floor. Use the baseline, or a key with the pin scope.',
  },
  envelope_in_flight: {
    status: 402,
    retryable: true,
    advice: 'Calls in flight hold the rest of this envelope. Retry after the given time.',
  },
  envelope_never_fits: {
    status: 402,
    retryable: false,
    advice: 'The ceiling of this call is larger than the whole envelope. Lower max_tokens or raise the limit.',
  },
  envelope_spent: {
    status: 402,
    retryable: false,
    advice: 'The envelope is spent until it resets. Raise the limit or wait.',
  },
  free_allowance_used_up: {
    status: 402,
    retryable: false,
    advice: 'The free allowance is used up until it resets. Change the plan, or wait.',
  },
  credit_used_up: {
    status: 402,
    retryable: false,
    advice: 'The credit of this plan is used up until it resets. Change the plan, or wait.',
  },
  spend_ceiling_reached: {
    status: 402,
    retryable: false,
    advice: 'The spend ceiling of this plan is reached until it resets. It rises with age and spend, or ask for it.',
  },
  hourly_limit_reached: {
    status: 402,
    retryable: false,
    advice: 'The hourly safety limit of this plan is reached. Come back when it resets.',
  },
  payment_method_required: {
    status: 402,
    retryable: false,
    advice: 'Put a payment method on file, or use flux-fast or flux-standard.',
  },
  model_not_in_plan: { status: 403, retryable: false, advice: 'Change the plan, or use a model it includes.' },
  account_on_hold: { status: 403, retryable: false, advice: 'Ask whoever runs this installation.' },
  rate_limited: { status: 429, retryable: true, advice: 'Retry after the given time.' },
  lane_unavailable: {
    status: 503,
    retryable: true,
    advice: 'No venue of this lane answers now. Retry after the given time, or use another lane.',
  },
  not_ready: { status: 503, retryable: true, advice: 'No snapshot has been published yet.' },
  desk_unavailable: {
    status: 503,
    retryable: true,
    advice: 'The envelope desk does not answer; this use case refuses rather than overspends.',
  },
  recall_unavailable: {
    status: 503,
    retryable: true,
    advice: 'Which venue keeps this answer cannot be looked up just now.',
  },
  storage_unavailable: {
    status: 503,
    retryable: true,
    advice: 'The journal cannot be written; nothing is sent that could not be accounted for.',
  },
  venue_unreachable: { status: 502, retryable: true, advice: 'The venue could not be reached.' },
  venue_timeout: { status: 504, retryable: true, advice: 'The venue did not answer in time.' },
  venue_broke_off: { status: 502, retryable: false, advice: 'The venue broke off its answer.' },
} as const satisfies Record<string, RefusalKind>;

export type RefusalCode = keyof typeof refusalKinds;
export const RefusalCode = z
  .enum(Object.keys(refusalKinds) as [RefusalCode, ...RefusalCode[]])
  .meta({ id: 'RefusalCode' });

/** Facts a refusal carries for the machine that reads it. Amounts are decimal USD text. */
export interface Refusal {
  code: RefusalCode;
  /** What is wrong, in one sentence that names the offender. */
  message: string;
  /** The field of the request at fault, where one is. */
  param?: string;
  envelope?: { id: string; limitUsd: string; settledUsd: string; heldUsd: string; resetsAt: string | null };
  retryAfterMs?: number;
  /** Whom the limit is about: `team:care`, `envelope:month`. */
  scope?: string;
  /** Every route there was has been tried here: a retry of the caller's own would multiply those. */
  exhausted?: true;
}
