/** Embeddings usage: input alone, and a total that must be the same. */
import type { Usage } from '#contracts/usage.js';
import { countOf, has, isReported, missingUsage, partsFrom, quarantined, reported } from './count.js';
import { statedCostIn } from './venue-cost.js';

/** Takes `usage` of OpenAI's shape. */
export function readEmbeddingsUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  const input = countOf(raw.prompt_tokens ?? raw.input_tokens ?? NaN);
  if (has(raw, 'total_tokens') && countOf(raw.total_tokens) !== input) return quarantined(raw);
  return reported(raw, partsFrom({ input_uncached: input }, ['input_uncached']), statedCostIn(raw));
}
