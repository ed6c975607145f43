/**
 * Chat completions usage as a partition, in the dialects of its many speakers. Cached and audio input are inside
 * `prompt_tokens`; whether reasoning is inside `completion_tokens` (OpenAI) or on top (xAI) is what `total_tokens`
 * says, and what fits neither reading is quarantined, never guessed.
 */
import type { Usage } from '#contracts/usage.js';
import {
  countOf,
  has,
  isReported,
  missingUsage,
  partsFrom,
  quarantined,
  type Reported,
  reported,
  within,
} from './count.js';
import { statedCostIn } from './venue-cost.js';

export interface ChatDialect {
  /** Where reasoning is when no total says it. Default: inside. */
  reasoning?: 'inside' | 'on_top';
  /** Counts beside the totals are meters of their own, whatever the total says (Perplexity). */
  apart?: boolean;
}

const always = ['input_uncached', 'output_text'] as const;

/** Says whether a venue's object counts both sides; a later count replaces an earlier one, a fragment does not. */
export function countsBothSides(raw: Reported): boolean {
  return raw.prompt_tokens !== undefined && raw.completion_tokens !== undefined;
}

/**
 * Image tokens of the prompt stay in `input_uncached`: chat bills them at the text rate, and how many of the cached
 * ones were images is not said. Cache writes are inside `prompt_tokens` and live as long as the venue's shortest
 * (`cache_write_5m`). Sources: OpenAI's OpenAPI `CompletionUsage`; api-docs.deepseek.com `prompt_cache_hit_tokens`;
 * Moonshot's `cached_tokens` beside the totals.
 */
function inputCounts(usage: Reported, prompt: number) {
  const inside = within(usage, 'prompt_tokens_details');
  const read = countOf(inside.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens);
  const written = countOf(inside.cache_write_tokens);
  const cachedAudio = countOf(within(inside, 'cached_tokens_details').audio_tokens);
  const audio = countOf(inside.audio_tokens) - cachedAudio;
  return {
    input_uncached: prompt - read - written - audio,
    cache_read: read - cachedAudio,
    cache_read_audio: cachedAudio,
    cache_write_5m: written,
    audio_in: audio,
  };
}

/** DeepSeek's hits and misses must be the prompt. */
const hitsAndMissesFit = (usage: Reported, prompt: number): boolean =>
  !has(usage, 'prompt_cache_miss_tokens') ||
  countOf(usage.prompt_cache_hit_tokens) + countOf(usage.prompt_cache_miss_tokens) === prompt;

function outputCounts(usage: Reported, prompt: number, completion: number, dialect: ChatDialect) {
  const inside = within(usage, 'completion_tokens_details');
  const reasoning = countOf(inside.reasoning_tokens ?? usage.reasoning_tokens);
  const total = has(usage, 'total_tokens') ? countOf(usage.total_tokens) : null;
  const both = prompt + completion;
  const apart = countOf(usage.citation_tokens) + reasoning;
  const [onTop, plain] = [total === both + (dialect.apart ? apart : reasoning), total === both];
  if (total !== null && !onTop && !plain) return null;
  const subset = dialect.apart ? false : total === null ? dialect.reasoning !== 'on_top' : plain;
  const [audio, image] = [countOf(inside.audio_tokens), countOf(inside.image_tokens)];
  return {
    output_text: completion - audio - image - (subset ? reasoning : 0),
    reasoning,
    audio_out: audio,
    image_out: image,
  };
}

/** Perplexity's fees beside the tokens, by the size of the search and by query (docs.perplexity.ai, pricing). */
function searchCounts(usage: Reported) {
  const size = usage.search_context_size;
  return {
    citation: countOf(usage.citation_tokens),
    web_searches: countOf(usage.num_search_queries),
    requests_low: size === 'low' ? 1 : 0,
    requests_medium: size === 'medium' ? 1 : 0,
    requests_high: size === 'high' ? 1 : 0,
  };
}

/** Reads a `usage` object. Absent or null is `missing`; an explicit zero is zero. */
export function readChatUsage(raw: unknown, dialect: ChatDialect = {}): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw) || !countsBothSides(raw)) return quarantined(raw);
  const prompt = countOf(raw.prompt_tokens ?? NaN);
  const completion = countOf(raw.completion_tokens ?? NaN);
  const output = outputCounts(raw, prompt, completion, dialect);
  if (!output || !hitsAndMissesFit(raw, prompt)) return quarantined(raw);
  const counts = {
    ...inputCounts(raw, prompt),
    ...output,
    ...searchCounts(raw),
    seconds: countOf(raw.prompt_audio_seconds),
  };
  return reported(raw, partsFrom(counts, always), statedCostIn(raw));
}

/** xAI: reasoning is on top of `completion_tokens`, and `cost_in_usd_ticks` is the bill (docs.x.ai, cost tracking). */
export const readXaiUsage = (raw: unknown): Usage => readChatUsage(raw, { reasoning: 'on_top' });

/** DeepSeek: `prompt_cache_hit_tokens` + `prompt_cache_miss_tokens` = `prompt_tokens`; reasoning is inside. */
export const readDeepSeekUsage = (raw: unknown): Usage => readChatUsage(raw);

/** OpenRouter: the tokens are those of its own count; `cost` is what it takes. */
export const readOpenRouterUsage = (raw: unknown): Usage => readChatUsage(raw);

/** Perplexity: reasoning and citations of deep research are meters of their own, in no total. */
export const readPerplexityUsage = (raw: unknown): Usage => readChatUsage(raw, { apart: true });
