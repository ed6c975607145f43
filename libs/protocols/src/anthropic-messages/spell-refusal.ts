/** Refusals in the shape Anthropic's clients raise as errors, with our stable code beside their type. */
import { type Refusal, refusalKinds } from '#contracts/refusal.js';
import type { SpelledRefusal } from '../protocol.js';
import { refusalFacts } from '../refusal-facts.js';

/** Anthropic's own words, by status (its API reference, "Errors"). */
const types: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  415: 'invalid_request_error',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

function errorOf(refusal: Refusal): object {
  const kind = refusalKinds[refusal.code];
  return {
    type: 'error',
    error: {
      type: types[kind.status] ?? 'api_error',
      message: `${refusal.message} ${kind.advice}`,
      code: refusal.code,
      ...(refusal.param === undefined ? {} : { param: refusal.param }),
      ...refusalFacts(refusal),
    },
  };
}

/** `retry-after` is whole seconds, rounded up: a client that waits less would be refused again. */
export function spellRefusal(refusal: Refusal): SpelledRefusal {
  const kind = refusalKinds[refusal.code];
  const body = Buffer.from(JSON.stringify(errorOf(refusal)));
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
    'x-should-retry': String(kind.retryable),
  };
  if (refusal.retryAfterMs !== undefined) {
    headers['retry-after-ms'] = String(Math.ceil(refusal.retryAfterMs));
    headers['retry-after'] = String(Math.ceil(refusal.retryAfterMs / 1000));
  }
  return { status: kind.status, headers, body };
}

/** An `error` event, which Anthropic's clients raise, and no `message_stop`. Half an event relayed already is ended first. */
export function spellStreamBreak(refusal: Refusal, betweenEvents: boolean): Buffer {
  return Buffer.from(`${betweenEvents ? '' : '\n\n'}event: error\ndata: ${JSON.stringify(errorOf(refusal))}\n\n`);
}

/** `GET /v1/models` as Anthropic's clients read it. When a model was made is not ours to know. */
export function spellModels(models: readonly string[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      data: models.map(modelOf),
      has_more: false,
      first_id: models[0] ?? null,
      last_id: models.at(-1) ?? null,
    }),
  );
}

export const spellModel = (model: string): Buffer => Buffer.from(JSON.stringify(modelOf(model)));

const modelOf = (id: string) => ({ type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' });
