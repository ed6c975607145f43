/** Bedrock Converse usage: `inputTokens` is the uncached remainder, cached tokens come on top. */
import type { Usage } from '#contracts/usage.js';
import { countOf, has, isReported, missingUsage, partsFrom, quarantined, reported } from './count.js';

/** Writes of an hour are named in `cacheDetails` where the model has them (Converse API, `TokenUsage`). */
export function readBedrockUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  const [input, output] = [countOf(raw.inputTokens ?? NaN), countOf(raw.outputTokens ?? NaN)];
  const read = countOf(raw.cacheReadInputTokens ?? raw.cacheReadInputTokenCount);
  const written = countOf(raw.cacheWriteInputTokens ?? raw.cacheWriteInputTokenCount);
  const details = Array.isArray(raw.cacheDetails) ? raw.cacheDetails.filter(isReported) : [];
  const hour = details.reduce((sum, one) => sum + (one.ttl === '1h' ? countOf(one.inputTokens) : 0), 0);
  const all = input + read + written + output;
  // The total counts cached tokens, or leaves them out at models that came before the cache.
  const total = has(raw, 'totalTokens') ? countOf(raw.totalTokens) : all;
  if (total !== all && total !== input + output) return quarantined(raw);
  const counts = {
    input_uncached: input,
    cache_read: read,
    cache_write_5m: written - hour,
    cache_write_1h: hour,
    output_text: output,
  };
  return reported(raw, partsFrom(counts, ['input_uncached', 'output_text']));
}
