/**
 * Refusals in the shape OpenAI's clients raise as errors. They retry on their own unless `x-should-retry` says
 * not to, so every refusal says; and `code` is ours, because it is what a machine acts on.
 */
import { refusalKinds, type Refusal } from '#contracts/refusal.js';
import type { SpelledRefusal } from '../protocol.js';
import { refusalFacts } from '../refusal-facts.js';

/** `type` as OpenAI uses it: by whose turn it is. Its own 402 does not exist; its clients know `insufficient_quota`. */
function typeOf(status: number): string {
  if (status === 402) return 'insufficient_quota';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function errorOf(refusal: Refusal): object {
  const kind = refusalKinds[refusal.code];
  return {
    error: {
      message: `${refusal.message} ${kind.advice}`,
      type: typeOf(kind.status),
      code: refusal.code,
      param: refusal.param ?? null,
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
  if (kind.status === 401) headers['www-authenticate'] = 'Bearer';
  if (refusal.retryAfterMs !== undefined) {
    headers['retry-after-ms'] = String(Math.ceil(refusal.retryAfterMs));
    headers['retry-after'] = String(Math.ceil(refusal.retryAfterMs / 1000));
  }
  return { status: kind.status, headers, body };
}

/**
 * An error event, which OpenAI's clients raise, and no `[DONE]`. Half an event that was relayed already is ended
 * first, since the stream has no way to take it back.
 */
export function spellStreamBreak(refusal: Refusal, betweenEvents: boolean): Buffer {
  return Buffer.from(`${betweenEvents ? '' : '\n\n'}data: ${JSON.stringify(errorOf(refusal))}\n\n`);
}

/** `GET /v1/models`. When a model was made is not ours to know; 0 says so in the type the clients expect. */
export function spellModels(models: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify({ object: 'list', data: models.map(modelOf) }));
}

export const spellModel = (model: string): Buffer => Buffer.from(JSON.stringify(modelOf(model)));

const modelOf = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'o10' });
