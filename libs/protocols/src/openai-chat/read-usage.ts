/**
 * Chat completions usage as a partition. OpenAI counts cached and audio input inside `prompt_tokens`, reasoning
 * and audio output inside `completion_tokens`; xAI adds reasoning on top. `total_tokens` says which it is, and
 * what fits neither reading is quarantined, never guessed.
 */
import type { Usage, UsageParts } from '#contracts/usage.js';
import { isObject, type JsonObject } from './json-value.js';

export const missingUsage: Usage = { basis: 'missing', parts: {} };

/** A count, where absent and null are 0; NaN for anything that is no whole number from 0. */
function count(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : NaN;
}

function details(usage: JsonObject, name: string): JsonObject {
  const value = usage[name];
  return isObject(value) ? value : {};
}

/**
 * Image tokens of the prompt stay in `input_uncached`: chat bills them at the text rate, and how many of the
 * cached ones were images is not said. Cache writes are inside `prompt_tokens` and live as long as the venue's
 * shortest (`cache_write_5m`). Sources: OpenAI's OpenAPI `CompletionUsage`; docs.x.ai cost tracking;
 * api-docs.deepseek.com `prompt_cache_hit_tokens`.
 */
function inputParts(usage: JsonObject, prompt: number): UsageParts | null {
  const inside = details(usage, 'prompt_tokens_details');
  const read = count(inside.cached_tokens ?? usage.prompt_cache_hit_tokens);
  const written = count(inside.cache_write_tokens);
  const audio = count(inside.audio_tokens);
  const uncached = prompt - read - written - audio;
  if (!(uncached >= 0)) return null;
  const parts: UsageParts = { input_uncached: uncached };
  if (read > 0) parts.cache_read = read;
  if (written > 0) parts.cache_write_5m = written;
  if (audio > 0) parts.audio_in = audio;
  return parts;
}

function outputParts(usage: JsonObject, prompt: number, completion: number): UsageParts | null {
  const inside = details(usage, 'completion_tokens_details');
  const reasoning = count(inside.reasoning_tokens);
  const audio = count(inside.audio_tokens);
  const image = count(inside.image_tokens);
  const total = usage.total_tokens === undefined || usage.total_tokens === null ? null : count(usage.total_tokens);
  const subset = total === null || total === prompt + completion;
  if (!subset && total !== prompt + completion + reasoning) return null;
  const text = completion - audio - image - (subset ? reasoning : 0);
  if (!(text >= 0)) return null;
  const parts: UsageParts = { output_text: text };
  if (reasoning > 0) parts.reasoning = reasoning;
  if (audio > 0) parts.audio_out = audio;
  if (image > 0) parts.image_out = image;
  return parts;
}

/** Says whether a venue's object counts both sides; a later count replaces an earlier one, a fragment does not. */
export function countsBothSides(raw: JsonObject): boolean {
  return raw.prompt_tokens !== undefined && raw.completion_tokens !== undefined;
}

/** Reads a `usage` object. Absent or null is `missing`; an explicit zero is zero. */
export function readUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isObject(raw) || !countsBothSides(raw)) return { basis: 'quarantined', parts: {}, raw };
  const prompt = count(raw.prompt_tokens ?? NaN);
  const completion = count(raw.completion_tokens ?? NaN);
  const input = inputParts(raw, prompt);
  const output = outputParts(raw, prompt, completion);
  if (!input || !output || Number.isNaN(prompt + completion)) return { basis: 'quarantined', parts: {}, raw };
  return { basis: 'reported', parts: { ...input, ...output }, raw };
}

/** Where venues put it: at the top, in a choice (Moonshot), or under their own name (Groq). */
export function usageIn(message: JsonObject): unknown {
  if (message.usage !== undefined && message.usage !== null) return message.usage;
  const choice: unknown = Array.isArray(message.choices) ? message.choices[0] : undefined;
  if (isObject(choice) && isObject(choice.usage)) return choice.usage;
  return isObject(message.x_groq) ? message.x_groq.usage : undefined;
}
