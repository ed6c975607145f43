/** Reads one Response, as it comes whole or at the end of a stream. */
import { isObject, type JsonObject, parseObject, textOf } from '../json-value.js';
import type { Answer } from '../protocol.js';
import { missingUsage } from '../usage/count.js';
import { readResponsesUsage } from '../usage/read-responses-usage.js';
import { tierNamed } from '../usage/served-terms.js';

/** An error object, wherever venues put one. `"error": null` is no error. */
export const saysError = (message: JsonObject): boolean =>
  (message.error !== undefined && message.error !== null) || message.type === 'error';

const failed: ReadonlySet<unknown> = new Set(['failed', 'cancelled']);
const ended: ReadonlySet<unknown> = new Set(['completed', 'incomplete', undefined]);
/** Begun in the background: whole as it stands, and what it used comes later. */
const begun: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);

export function readAnswer(body: Buffer): Answer {
  const message = parseObject(body.toString('utf8'));
  return message ? readResponse(message) : noAnswer;
}

const noAnswer: Answer = {
  usage: missingUsage,
  servedModel: null,
  servedTier: null,
  servedRegion: null,
  answerId: null,
  finishReason: null,
  complete: false,
  isError: true,
};

export function readResponse(message: JsonObject): Answer {
  const isError = saysError(message) || failed.has(message.status);
  const details = isObject(message.incomplete_details) ? message.incomplete_details : {};
  const whole = ended.has(message.status)
    ? Array.isArray(message.output)
    : begun.has(message.status) && message.background === true;
  return {
    usage: readResponsesUsage(message.usage, message),
    servedModel: textOf(message.model),
    servedTier: tierNamed(message.service_tier),
    servedRegion: null, // said in a header, where it is said
    answerId: textOf(message.id),
    finishReason: textOf(details.reason) ?? textOf(message.status),
    complete: !isError && whole,
    isError,
  };
}
