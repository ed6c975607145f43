/**
 * models.dev as one JSON: venues, their models, USD per million tokens, `tiers` by size of the input. No dates of prices,
 * no service tiers; a model that makes images or sound has one `output` for whatever it makes.
 */
import type { Meter } from '#contracts/usage.js';
import { ClaimCollector, type IntakeTerms } from './collect-claims.js';
import { FileProblems, type Located, type LocatedMap, mapOf } from './located.js';
import type { ReadPrices } from './price-claim.js';
import { venueNameOf } from './venue-names.js';

export const modelsDevPage = 'https://models.dev/api.json';

const million = 1_000_000n;
const meterOf: Readonly<Record<string, Meter>> = {
  input: 'input_uncached',
  output: 'output_text',
  cache_read: 'cache_read',
  cache_write: 'cache_write_5m',
  reasoning: 'reasoning',
  input_audio: 'audio_in',
  output_audio: 'audio_out',
};

/** Both shapes: the site's `{ venue: { models } }`, and the same inside `providers`. Throws `PriceFileRefused`. */
export function readModelsDev(file: Located, terms: IntakeTerms): ReadPrices {
  const problems = new FileProblems();
  const collector = new ClaimCollector({ ...terms, sourcePage: modelsDevPage }, problems);
  const top = mapOf(file, '', problems);
  const inner = top?.entries.get('providers')?.value;
  const venues = inner?.kind === 'map' ? inner : top;
  for (const [id, { value }] of venues?.entries ?? []) {
    if (id === '_meta') continue;
    const venue = venueNameOf(id, terms.renamed);
    const map = mapOf(value, id, problems);
    if (!venue) problems.add(value, id, 'is no name of a venue');
    const models = map && mapOf(map.entries.get('models')?.value ?? value, `${id}.models`, problems);
    if (venue && models)
      for (const [name, model] of models.entries) readModel(`${id}.${name}`, venue, name, model.value, collector);
  }
  problems.refuseIfAny();
  return collector;
}

function readModel(path: string, venue: string, model: string, value: Located, collector: ClaimCollector): void {
  const cost = value.kind === 'map' ? value.entries.get('cost')?.value : undefined;
  if (cost === undefined || cost.kind === 'null') return;
  const map = mapOf(cost, `${path}.cost`, collector.problems);
  if (!map) return;
  const facts = { venue, model, tier: 'standard' as const };
  readRates(path, map, facts, undefined, collector);
  const tiers = map.entries.get('tiers')?.value;
  for (const item of tiers?.kind === 'list' ? tiers.items : []) {
    const band = mapOf(item, `${path}.cost.tiers`, collector.problems);
    const size = band?.entries.get('tier')?.value;
    const threshold = size?.kind === 'map' ? size.entries.get('size')?.value : undefined;
    const above = threshold?.kind === 'number' && /^\d{1,9}$/.test(threshold.text) ? Number(threshold.text) : 0;
    if (band && above > 0) readRates(`${path}.tiers`, band, facts, above, collector);
    else if (band) collector.problems.add(item, `${path}.cost.tiers`, 'names no size of input');
  }
}

function readRates(
  path: string,
  rates: LocatedMap,
  facts: { venue: string; model: string; tier: 'standard' },
  inputTokensAbove: number | undefined,
  collector: ClaimCollector,
): void {
  for (const [field, { value }] of rates.entries) {
    if (field === 'tier' || field === 'tiers' || value.kind === 'null') continue;
    const meter = meterOf[field];
    if (!meter) collector.skip(`cost.${field}`);
    else if (meter === 'output_text' && isZero(value) && !isZero(rates.entries.get('input')?.value)) continue;
    else
      collector.take({
        value,
        field: `${path}.cost.${field}`,
        units: million,
        facts: { ...facts, meter, ...(inputTokensAbove && { inputTokensAbove }) },
      });
  }
}

/** An embedding has no output, and writes 0 for it. */
const isZero = (value: Located | undefined) => value?.kind === 'number' && Number(value.text) === 0;
