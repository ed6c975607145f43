/** Reads one answer that did not stream. A body that is no JSON object is an error, not an answer without usage. */
import type { Tier } from '#contracts/price.js';
import type { Answer } from '../protocol.js';
import { isObject, parseObject, textOf, type JsonObject } from '../json-value.js';
import { missingUsage, readUsage, usageIn } from './read-usage.js';

/** The tier a venue says it served at: `default` is standard; `auto`, `scale` and unknown words say nothing. */
export function tierServed(value: unknown): Tier | null {
  if (value === 'default') return 'standard';
  return value === 'flex' || value === 'priority' || value === 'batch' ? value : null;
}

/** An error object, wherever venues put one. `"error": null` is no error. */
export function saysError(message: JsonObject): boolean {
  return (message.error !== undefined && message.error !== null) || message.object === 'error';
}

export function choicesOf(message: JsonObject): JsonObject[] {
  return Array.isArray(message.choices) ? (message.choices as unknown[]).filter(isObject) : [];
}

export function firstChoice(message: JsonObject): JsonObject | null {
  const choices = choicesOf(message);
  return choices.find((choice) => choice.index === 0) ?? (choices[0]?.index === undefined ? choices[0] : null) ?? null;
}

export function readAnswer(body: Buffer): Answer {
  const message = parseObject(body.toString('utf8', 0, body.length));
  if (!message)
    return {
      usage: missingUsage,
      servedModel: null,
      servedTier: null,
      servedRegion: null,
      finishReason: null,
      complete: false,
      isError: true,
    };
  const choices = choicesOf(message);
  const isError = saysError(message) || choices.some((choice) => choice.finish_reason === 'error');
  return {
    usage: readUsage(usageIn(message)),
    servedModel: textOf(message.model),
    servedTier: tierServed(message.service_tier),
    servedRegion: null, // said in a header, where it is said
    finishReason: textOf(firstChoice(message)?.finish_reason),
    complete: !isError && choices.length > 0 && choices.every((choice) => textOf(choice.finish_reason) !== null),
    isError,
  };
}
