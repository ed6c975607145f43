/** Cohere: what is billed is `billed_units`; `tokens` counts what the venue added of its own and does not sell. */
import type { Usage } from '#contracts/usage.js';
import { countOf, has, isReported, missingUsage, partsFrom, quarantined, reported, within } from './count.js';

/** Takes `usage` of a chat, or `meta` of embeddings and rerankings. */
export function readCohereUsage(raw: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  if (!has(raw, 'billed_units')) return quarantined(raw);
  const billed = within(raw, 'billed_units');
  const counts = {
    ...(has(billed, 'input_tokens') ? { input_uncached: countOf(billed.input_tokens) } : {}),
    ...(has(billed, 'output_tokens') ? { output_text: countOf(billed.output_tokens) } : {}),
    ...(has(billed, 'search_units') ? { search_units: countOf(billed.search_units) } : {}),
    ...(has(billed, 'image_tokens') ? { image_in: countOf(billed.image_tokens) } : {}),
  };
  if (Object.keys(counts).length === 0) return quarantined(raw);
  return reported(raw, partsFrom(counts, ['input_uncached', 'output_text', 'search_units']));
}
