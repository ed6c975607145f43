/** On which terms a venue says it served: tier and place, as its usage object or answer spells them. Unknown is null. */
import type { Tier } from '#contracts/price.js';
import { isReported } from './count.js';

export interface ServedTerms {
  tier: Tier | null;
  /** Lower case; null where the venue does not say, or says it is nowhere in particular. */
  region: string | null;
}

const tierOf: Record<string, Tier> = {
  default: 'standard',
  standard: 'standard',
  on_demand: 'standard',
  flex: 'flex',
  on_demand_flex: 'flex',
  priority: 'priority',
  on_demand_priority: 'priority',
  batch: 'batch',
};

/** A venue's word for a tier; `auto`, `scale` and unknown words say nothing. */
export const tierNamed = (word: unknown): Tier | null =>
  typeof word === 'string' ? (tierOf[word.toLowerCase()] ?? null) : null;

const nowhere = new Set(['global', 'not_available', 'unspecified', '']);

/** Azure OpenAI names the region that served in a header ("East US 2"), whose prices are listed under "eastus2". */
export function regionInHeaders(headers: Readonly<Record<string, string | undefined>>): string | null {
  const named = (headers['x-ms-region'] ?? '').toLowerCase().replace(/\s+/g, '');
  return /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(named) ? named : null;
}

/**
 * From `service_tier` (OpenAI, Anthropic, Gemini), `trafficType` (Vertex), `serviceTier.type` (Bedrock) and
 * `inference_geo` (Anthropic: "us" costs 1.1 times "global").
 */
export function servedTermsOf(...sources: unknown[]): ServedTerms {
  const terms: ServedTerms = { tier: null, region: null };
  for (const source of sources.filter(isReported)) {
    const { serviceTier } = source;
    const word = isReported(serviceTier) ? serviceTier.type : serviceTier;
    terms.tier ??= tierNamed(source.service_tier) ?? tierNamed(source.trafficType) ?? tierNamed(word);
    const place = typeof source.inference_geo === 'string' ? source.inference_geo.toLowerCase() : '';
    if (!nowhere.has(place)) terms.region ??= place;
  }
  return terms;
}
