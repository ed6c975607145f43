/**
 * Messages usage as a partition. `input_tokens` is the uncached remainder: cache reads and writes come on top.
 * Reasoning is inside `output_tokens`. What else the venue ran for the call (a summary, an adviser, a model that
 * declined) is in `iterations` and in no total.
 */
import type { Usage, UsageParts } from '#contracts/usage.js';
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

/** Writes are split by lifetime in `cache_creation`; without it they are of five minutes, the default. */
function tokenParts(usage: Reported): UsageParts | null {
  const split = within(usage, 'cache_creation');
  const hour = countOf(split.ephemeral_1h_input_tokens);
  const fiveMinutes = countOf(split.ephemeral_5m_input_tokens);
  const written = has(usage, 'cache_creation_input_tokens')
    ? countOf(usage.cache_creation_input_tokens)
    : hour + fiveMinutes;
  const isSplit = has(split, 'ephemeral_1h_input_tokens') || has(split, 'ephemeral_5m_input_tokens');
  if (isSplit && hour + fiveMinutes !== written) return null;
  const reasoning = countOf(within(usage, 'output_tokens_details').thinking_tokens);
  const counts = {
    input_uncached: countOf(usage.input_tokens ?? NaN),
    cache_read: countOf(usage.cache_read_input_tokens),
    cache_write_5m: written - hour,
    cache_write_1h: hour,
    output_text: countOf(usage.output_tokens ?? NaN) - reasoning,
    reasoning,
  };
  return partsFrom(counts, ['input_uncached', 'output_text']);
}

/** Fetches are left out: "no additional charges beyond standard token costs" (Anthropic, web fetch tool). */
const toolCounts = (usage: Reported): UsageParts | null =>
  partsFrom({ web_searches: countOf(within(usage, 'server_tool_use').web_search_requests) }, []);

/** The iterations the totals are made of: of the model that stood in, where one did. */
function insideTotals(iterations: Reported[]): (one: Reported) => boolean {
  const type = iterations.some((one) => one.type === 'fallback_message') ? 'fallback_message' : 'message';
  return (one) => one.type === type;
}

function othersOf(usage: Reported): NonNullable<Usage['others']> | null {
  const iterations = Array.isArray(usage.iterations) ? usage.iterations.filter(isReported) : [];
  const inside = insideTotals(iterations);
  const own = iterations.filter(inside);
  const sumOf = (name: string) => own.reduce((sum, one) => sum + countOf(one[name]), 0);
  if (own.length > 0 && ['input_tokens', 'output_tokens'].some((name) => sumOf(name) !== countOf(usage[name])))
    return null;
  const others: NonNullable<Usage['others']> = [];
  for (const one of iterations.filter((each) => !inside(each))) {
    const parts = tokenParts(one);
    if (!parts) return null;
    others.push({ model: typeof one.model === 'string' ? one.model : null, parts });
  }
  return others;
}

/** Takes `usage` of a message, or what `mergeAnthropicUsage` made of a stream's. */
export function readAnthropicUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  const [tokens, tools, others] = [tokenParts(raw), toolCounts(raw), othersOf(raw)];
  if (!others) return quarantined(raw);
  const usage = reported(raw, tokens && tools && { ...tokens, ...tools });
  return usage.basis === 'reported' && others.length > 0 ? { ...usage, others } : usage;
}

/**
 * A stream's usage: `message_start` opens, each `message_delta` replaces what it names, since its counts are
 * cumulative. A split of writes that no longer fits their new number is dropped, unless they were all of an hour.
 */
export function mergeAnthropicUsage(earlier: unknown, later: unknown): unknown {
  if (!isReported(earlier) || !isReported(later)) return later ?? earlier;
  const named = Object.fromEntries(Object.entries(later).filter(([, value]) => value !== null));
  const merged: Reported = { ...earlier, ...named };
  if (named.cache_creation !== undefined || !has(named, 'cache_creation_input_tokens')) return merged;
  const split = within(earlier, 'cache_creation');
  const [hour, five] = [countOf(split.ephemeral_1h_input_tokens), countOf(split.ephemeral_5m_input_tokens)];
  const written = countOf(named.cache_creation_input_tokens);
  if (hour + five === written) return merged;
  if (hour > 0 && five === 0) merged.cache_creation = { ephemeral_1h_input_tokens: written };
  else delete merged.cache_creation;
  return merged;
}
