/** What a source says a price is, and what makes us doubt it. A claim is not a price before a second person said so. */
import type { PriceClaim, PriceFinding } from '#contracts/api/price-intake-api.js';
import { PriceRow } from '#contracts/price.js';

export interface ReadPrices {
  claims: PriceClaim[];
  /** Doubts that arose while reading: these figures never became claims. */
  findings: PriceFinding[];
  /** Fields with a price in them that no meter of ours is for, by how often they occur. */
  notRead: Record<string, number>;
}

/** Said of a row, not part of the question it answers. */
const answerFields = new Set([
  'ratePicoUsd',
  'per',
  'declaredFree',
  'validFrom',
  'validTo',
  'announcedAt',
  'source',
  'sourceHash',
  'approvedBy',
  'aliases',
]);

const keys = new WeakMap<PriceRow, string>();

/** Two rows with one key answer the same question, at different times or from different sources. */
export function rowKeyOf(row: PriceRow): string {
  const known = keys.get(row);
  if (known !== undefined) return known;
  const asked = Object.entries(row as Record<string, unknown>)
    .filter(([field, value]) => !answerFields.has(field) && value !== undefined)
    .map(([field, value]) => (field === 'match' && value === 'exact' ? null : [field, value]))
    .filter((pair) => pair !== null)
    .sort(([left], [right]) => (String(left) < String(right) ? -1 : 1));
  const key = JSON.stringify(asked);
  keys.set(row, key);
  return key;
}

/** What the row is about, in words. */
export function rowName(row: PriceRow): string {
  const also = [
    row.inputTokensAbove === undefined ? '' : ` above ${row.inputTokensAbove} input tokens`,
    row.region ? ` in ${row.region}` : row.jurisdiction ? ` in ${row.jurisdiction}` : '',
    row.hours ? ` from ${row.hours.from} to ${row.hours.to} ${row.hours.zone}` : '',
    row.contract ? ` under ${row.contract}` : '',
  ];
  return `${row.venue}/${row.model} ${row.tier} ${row.meter}${also.join('')}`;
}

/** Milliseconds since 1970. */
export const startOf = (row: PriceRow): number => Date.parse(row.validFrom);
/** Exclusive; Infinity while no end is known. */
export const endOf = (row: PriceRow): number => (row.validTo === undefined ? Infinity : Date.parse(row.validTo));

/** left ÷ right, prices of one unit each. Exact enough to say "ten times", not to book anything by. */
export function priceRatio(left: PriceRow, right: PriceRow): number {
  const numerator = left.ratePicoUsd * BigInt(right.per ?? 1);
  const denominator = right.ratePicoUsd * BigInt(left.per ?? 1);
  return denominator === 0n ? (numerator === 0n ? 1 : Infinity) : Number(numerator) / Number(denominator);
}

export const samePrice = (left: PriceRow, right: PriceRow): boolean =>
  left.ratePicoUsd * BigInt(right.per ?? 1) === right.ratePicoUsd * BigInt(left.per ?? 1);

export function findingOf(
  about: Pick<PriceClaim, 'line' | 'field'> & { row: Pick<PriceRow, 'venue' | 'model' | 'tier' | 'meter'> },
  code: PriceFinding['code'],
  severity: PriceFinding['severity'],
  message: string,
): PriceFinding {
  const { venue, model, tier, meter } = about.row;
  return { code, severity, line: about.line, field: about.field, venue, model, tier, meter, message };
}
