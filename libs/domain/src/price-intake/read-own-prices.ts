/**
 * o10's own price file, one per venue: what was seen, where and on which day. A field nobody reads is refused, because a
 * misspelt `validTo` is a price that never ends. See prisma/seed/prices for the shape.
 */
import { CatalogModel, CatalogVenue } from '#contracts/catalog.js';
import { tiers, type Tier } from '#contracts/price.js';
import { type Meter, meters } from '#contracts/usage.js';
import { ClaimCollector, type IntakeTerms, type RowFacts } from './collect-claims.js';
import { FileProblems, type Located, type LocatedMap, mapOf, textOf } from './located.js';
import { plainOf } from './plain-value.js';
import type { ReadPrices } from './price-claim.js';

export interface OwnPrices extends ReadPrices {
  models: CatalogModel[];
  venues: CatalogVenue[];
}

const topFields = new Set([
  'o10',
  'venue',
  'name',
  'hosts',
  'retention',
  'retentionTerms',
  'tiers',
  'source',
  'checked',
  'models',
]);
const groupText = ['from', 'to', 'announced', 'source', 'checked', 'region', 'jurisdiction', 'contract'] as const;
const groupFields = new Set<string>([
  ...groupText,
  'tier',
  'above',
  'hours',
  'confirmedBy',
  'free',
  'usdPerMillion',
  'usdPerUnit',
  'per',
]);

/** Throws `PriceFileRefused`. */
export function readOwnPrices(file: Located, terms: IntakeTerms): OwnPrices {
  const problems = new FileProblems();
  const collector = new ClaimCollector(terms, problems);
  const found: Omit<OwnPrices, keyof ReadPrices> = { models: [], venues: [] };
  const top = mapOf(file, '', problems);
  if (top && textOf(top, 'o10') !== 'prices/v1') problems.add(top, 'o10', 'must say "prices/v1"');
  const venue = (top && textOf(top, 'venue')) ?? '';
  if (top) {
    refuseUnknown(top, '', topFields, problems);
    take(CatalogVenue, top, '', { venue }, ['o10', 'models'], found.venues, problems);
    for (const [name, { value }] of mapOf(top.entries.get('models')?.value, 'models', problems)?.entries ?? [])
      readModel({ venue: terms.renamed?.[venue] ?? venue, name, value }, collector, found.models);
  }
  problems.refuseIfAny();
  return { claims: collector.claims, findings: collector.findings, notRead: collector.notRead, ...found };
}

interface OwnModel {
  venue: string;
  name: string;
  value: Located;
}

function readModel({ venue, name, value }: OwnModel, collector: ClaimCollector, models: CatalogModel[]): void {
  const path = `models.${name}`;
  const map = mapOf(value, path, collector.problems);
  if (!map) return;
  take(CatalogModel, map, path, { venue, model: name }, ['prices'], models, collector.problems);
  const groups = map.entries.get('prices')?.value;
  if (groups?.kind !== 'list') return collector.problems.add(map, `${path}.prices`, 'must be a list');
  for (const [at, group] of groups.items.entries())
    readGroup({ venue, name, value: group }, `${path}.prices.${at}`, collector);
}

/** Rows that were seen together: one page, one day, one tier, one period. */
function readGroup({ venue, name, value }: OwnModel, path: string, collector: ClaimCollector): void {
  const { problems } = collector;
  const map = mapOf(value, path, problems);
  if (!map) return;
  refuseUnknown(map, path, groupFields, problems);
  const said = Object.fromEntries(groupText.map((field) => [field, textOf(map, field)]));
  const tier = textOf(map, 'tier') ?? 'standard';
  if (!(tiers as readonly string[]).includes(tier)) problems.add(map, `${path}.tier`, `there is no tier "${tier}"`);
  if (!said['source']) problems.add(map, `${path}.source`, 'is missing: a price has a page it was seen on');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(said['checked'] ?? ''))
    problems.add(map, `${path}.checked`, 'is missing: the day it was seen');
  if (!said['from']) problems.add(map, `${path}.from`, 'is missing: a price is valid from a day on');
  const above = map.entries.get('above')?.value;
  const hours = map.entries.get('hours')?.value;
  const facts: Omit<RowFacts, 'meter'> = {
    venue,
    model: name,
    tier: tier as Tier,
    ...(said['from'] && { validFrom: instantOf(said['from']) }),
    ...(said['to'] && { validTo: instantOf(said['to']) }),
    ...(said['announced'] && { announcedAt: instantOf(said['announced']) }),
    ...(said['source'] && { source: `${said['source']} (seen ${said['checked'] ?? 'never'})` }),
    ...(said['region'] && { region: said['region'] }),
    ...(said['jurisdiction'] && { jurisdiction: said['jurisdiction'] }),
    ...(said['contract'] && { contract: said['contract'] }),
    ...(above && { inputTokensAbove: plainOf(above) as number }),
    ...(hours && { hours: plainOf(hours) as RowFacts['hours'] }),
    ...(plainOf(map.entries.get('free')?.value) === true && { declaredFree: true }),
  };
  const confirmedBy = listOfText(map.entries.get('confirmedBy')?.value);
  const per = map.entries.get('per')?.value;
  readRates('usdPerMillion', map, path, { facts, units: 1_000_000n, confirmedBy }, collector);
  readRates(
    'usdPerUnit',
    map,
    path,
    { facts, units: 1n, confirmedBy, ...(per && { per: plainOf(per) as number }) },
    collector,
  );
}

interface GroupTerms {
  facts: Omit<RowFacts, 'meter'>;
  units: bigint;
  confirmedBy: string[];
  per?: number;
}

function readRates(field: string, group: LocatedMap, path: string, terms: GroupTerms, collector: ClaimCollector): void {
  const rates = group.entries.get(field)?.value;
  if (!rates) return;
  const { facts, ...also } = terms;
  for (const [meter, { line, value }] of mapOf(rates, `${path}.${field}`, collector.problems)?.entries ?? []) {
    const where = `${path}.${field}.${meter}`;
    if ((meters as readonly string[]).includes(meter))
      collector.take({ ...also, value, field: where, facts: { ...facts, meter: meter as Meter } });
    else collector.problems.add({ line }, where, 'is no meter');
  }
}

/** A day is its first instant in UTC. */
const instantOf = (text: string) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00.000Z` : text);

const listOfText = (value: Located | undefined): string[] =>
  value?.kind === 'list' ? value.items.flatMap((item) => (item.kind === 'text' ? [item.text.slice(0, 500)] : [])) : [];

function refuseUnknown(map: LocatedMap, path: string, fields: ReadonlySet<string>, problems: FileProblems): void {
  for (const [field, { line }] of map.entries)
    if (!fields.has(field)) problems.add({ line }, path ? `${path}.${field}` : field, `unknown field "${field}"`);
}

interface Parsing<T> {
  shape: Record<string, unknown>;
  safeParse(
    input: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } };
}

/** What stands in the map beside the fields of `skipped` is the noun, whole and nothing else. */
function take<T>(
  schema: Parsing<T>,
  map: LocatedMap,
  path: string,
  known: Record<string, unknown>,
  skipped: string[],
  into: T[],
  problems: FileProblems,
): void {
  const own = [...map.entries].filter(([field]) => !skipped.includes(field));
  for (const [field, { line }] of own)
    if (!Object.hasOwn(schema.shape, field))
      problems.add({ line }, path ? `${path}.${field}` : field, `unknown field "${field}"`);
  const parsed = schema.safeParse({
    ...Object.fromEntries(own.map(([field, { value }]) => [field, plainOf(value)])),
    ...known,
  });
  if (parsed.success) return void into.push(parsed.data);
  for (const issue of parsed.error.issues) {
    const line = map.entries.get(String(issue.path[0]))?.line ?? map.line;
    problems.add({ line }, [path, ...issue.path.map(String)].filter(Boolean).join('.'), issue.message);
  }
}
