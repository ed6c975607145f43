/**
 * pydantic/genai-prices: a list of venues with models, USD per million tokens or thousand requests, dated by constraints.
 * Later entries of a model outrank earlier ones from their start on, so each price ends where the next begins.
 */
import { DailyHours } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import { ClaimCollector, type IntakeTerms, type RowFacts } from './collect-claims.js';
import { FileProblems, type Located, type LocatedMap, mapOf, textOf } from './located.js';
import type { ReadPrices } from './price-claim.js';
import { venueNameOf } from './venue-names.js';

export const genaiPricesPage = 'https://github.com/pydantic/genai-prices/tree/main/prices/data.json';

const unitOf: Readonly<Record<string, { meter: Meter; units: bigint }>> = {
  input_mtok: { meter: 'input_uncached', units: 1_000_000n },
  output_mtok: { meter: 'output_text', units: 1_000_000n },
  cache_read_mtok: { meter: 'cache_read', units: 1_000_000n },
  cache_write_mtok: { meter: 'cache_write_5m', units: 1_000_000n },
  cache_write_1h_mtok: { meter: 'cache_write_1h', units: 1_000_000n },
  output_reasoning_mtok: { meter: 'reasoning', units: 1_000_000n },
  input_audio_mtok: { meter: 'audio_in', units: 1_000_000n },
  output_audio_mtok: { meter: 'audio_out', units: 1_000_000n },
  cache_audio_read_mtok: { meter: 'cache_read_audio', units: 1_000_000n },
  input_image_mtok: { meter: 'image_in', units: 1_000_000n },
  output_image_mtok: { meter: 'image_out', units: 1_000_000n },
  cache_image_read_mtok: { meter: 'cache_read_image', units: 1_000_000n },
  input_video_mtok: { meter: 'video_in', units: 1_000_000n },
  output_citation_mtok: { meter: 'citation', units: 1_000_000n },
  requests_kcount: { meter: 'requests', units: 1_000n },
  web_searches_kcount: { meter: 'web_searches', units: 1_000n },
};

/** Throws `PriceFileRefused`. */
export function readGenaiPrices(file: Located, terms: IntakeTerms): ReadPrices {
  const problems = new FileProblems();
  const collector = new ClaimCollector({ ...terms, sourcePage: genaiPricesPage }, problems);
  if (file.kind !== 'list') problems.add(file, '', 'must be a list of venues');
  for (const item of file.kind === 'list' ? file.items : []) {
    const map = mapOf(item, '', problems);
    const id = map && textOf(map, 'id');
    const venue = id ? venueNameOf(id, terms.renamed) : null;
    if (!map) continue;
    if (!id || !venue) problems.add(map, 'id', 'is no name of a venue');
    const models = map.entries.get('models')?.value;
    if (models?.kind !== 'list') problems.add(map, `${id}.models`, 'must be a list');
    const page = pageOf(map);
    if (id && venue && models?.kind === 'list')
      for (const model of models.items) readModel(id, venue, page, model, terms, collector);
  }
  problems.refuseIfAny();
  return collector;
}

function pageOf(venue: LocatedMap): string | undefined {
  const pages = venue.entries.get('pricing_urls')?.value;
  const [first] = pages?.kind === 'list' ? pages.items : [];
  return first?.kind === 'text' ? first.text.slice(0, 500) : undefined;
}

function readModel(
  venueId: string,
  venue: string,
  page: string | undefined,
  model: Located,
  terms: IntakeTerms,
  collector: ClaimCollector,
): void {
  const map = mapOf(model, venueId, collector.problems);
  const id = map && textOf(map, 'id');
  if (!map) return;
  if (!id) return collector.problems.add(map, `${venueId}.models`, 'a model without an id');
  const names = new Set([id, ...exactNames(map.entries.get('match')?.value)]);
  for (const period of periodsOf(map.entries.get('prices')?.value, `${venueId}.${id}`, terms, collector))
    for (const name of names) {
      const facts = { venue, model: name, tier: 'standard' as const, ...period.terms, ...(page && { source: page }) };
      readRates(`${venueId}.${id}.prices`, period.prices, facts, collector);
    }
}

/** Only names written out are taken: a prefix would price models that nobody has seen. */
function exactNames(match: Located | undefined): string[] {
  if (match?.kind !== 'map') return [];
  const equals = textOf(match, 'equals');
  const either = match.entries.get('or')?.value;
  return [...(equals ? [equals] : []), ...(either?.kind === 'list' ? either.items.flatMap(exactNames) : [])];
}

interface Period {
  prices: LocatedMap;
  terms: Partial<Pick<RowFacts, 'validFrom' | 'validTo' | 'hours'>>;
}

interface Listed {
  prices: LocatedMap;
  /** '' is since ever. */
  from: string;
  hours: DailyHours | null;
}

/**
 * The price in force when the change takes effect, undated, and every later one with its dates. Of entries that hold at
 * one instant the last one listed counts, so hours end where a day's price listed behind them begins.
 */
function periodsOf(value: Located | undefined, path: string, terms: IntakeTerms, collector: ClaimCollector): Period[] {
  if (value?.kind === 'map') return [{ prices: value, terms: {} }];
  const listed = listedIn(value, path, collector);
  const days = listed.filter(({ hours }) => !hours);
  const sorted = days.toSorted((left, right) => (left.from < right.from ? -1 : left.from > right.from ? 1 : 0));
  const ofDays = sorted.flatMap(({ from, prices }, at) => periodOf(from, sorted[at + 1]?.from, prices, terms));
  const ofHours = listed.flatMap(({ hours, prices }, at) => {
    if (!hours) return [];
    const behind = listed.slice(at + 1);
    const overlapped = behind.some((other) => other.hours && overlap(hours, other.hours));
    if (overlapped) collector.skip('prices of hours that others replace in part');
    const [end] = behind.flatMap((other) => (other.hours ? [] : [other.from])).sort();
    const periods = overlapped ? [] : periodOf('', end, prices, terms);
    return periods.map((period) => ({ ...period, terms: { ...period.terms, hours } }));
  });
  return [...ofDays, ...ofHours];
}

/** Nothing where it has ended before the change takes effect. */
function periodOf(from: string, next: string | undefined, prices: LocatedMap, { effectiveAt }: IntakeTerms): Period[] {
  if (next !== undefined && next <= effectiveAt) return [];
  const future = from > effectiveAt;
  return [{ prices, terms: { ...(future && { validFrom: from }), ...(next !== undefined && { validTo: next }) } }];
}

function listedIn(value: Located | undefined, path: string, collector: ClaimCollector): Listed[] {
  const listed: Listed[] = [];
  for (const item of value?.kind === 'list' ? value.items : []) {
    const map = mapOf(item, path, collector.problems);
    const prices = map && mapOf(map.entries.get('prices')?.value, `${path}.prices`, collector.problems);
    const constraint = map?.entries.get('constraint')?.value;
    const start = constraint?.kind === 'map' ? textOf(constraint, 'start_date') : undefined;
    const hours = constraint?.kind === 'map' ? hoursOf(constraint) : null;
    if (!prices) continue;
    if (constraint === undefined || constraint.kind === 'null') listed.push({ from: '', hours: null, prices });
    else if (start && /^\d{4}-\d{2}-\d{2}$/.test(start))
      listed.push({ from: `${start}T00:00:00.000Z`, hours: null, prices });
    else if (hours) listed.push({ from: '', hours, prices });
    else collector.skip('prices under a condition that is not known here');
  }
  return listed;
}

/** An interval of every day in UTC, as RFC 3339 spells times: "16:30:00Z". Null for any other clock. */
function hoursOf(constraint: LocatedMap): DailyHours | null {
  const [from, to] = [textOf(constraint, 'start_time'), textOf(constraint, 'end_time')].map(
    (time) => /^(\d{2}:\d{2})(?::00)?(?:Z|\+00:00)$/.exec(time ?? '')?.[1],
  );
  const hours = DailyHours.safeParse({ zone: 'UTC', from, to });
  return hours.success ? hours.data : null;
}

/** Two intervals of a day share an instant where one begins in the other. */
const overlap = (one: DailyHours, other: DailyHours): boolean => {
  const begins = (at: string, { from, to }: DailyHours) => (from < to ? from <= at && at < to : at >= from || at < to);
  return begins(one.from, other) || begins(other.from, one);
};

function readRates(path: string, rates: LocatedMap, facts: Omit<RowFacts, 'meter'>, collector: ClaimCollector): void {
  for (const [field, { value }] of rates.entries) {
    const unit = unitOf[field];
    if (!unit || value.kind === 'null') {
      if (value.kind !== 'null') collector.skip(`prices.${field}`);
      continue;
    }
    const figure = { field: `${path}.${field}`, units: unit.units };
    const base = value.kind === 'map' ? value.entries.get('base')?.value : value;
    if (base) collector.take({ ...figure, value: base, facts: { ...facts, meter: unit.meter } });
    else collector.problems.add(value, figure.field, 'has no base price');
    const tiers = value.kind === 'map' ? value.entries.get('tiers')?.value : undefined;
    for (const tier of tiers?.kind === 'list' ? tiers.items : []) {
      const map = mapOf(tier, figure.field, collector.problems);
      const [start, price] = [map?.entries.get('start')?.value, map?.entries.get('price')?.value];
      const above = start?.kind === 'number' && /^\d{1,9}$/.test(start.text) ? Number(start.text) : 0;
      if (price && above > 0)
        collector.take({ ...figure, value: price, facts: { ...facts, meter: unit.meter, inputTokensAbove: above } });
      else if (map) collector.problems.add(map, figure.field, 'a tier needs start and price');
    }
  }
}
