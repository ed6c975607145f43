/**
 * What an import would change, row by row, and whether it may: two sources must say the same and none may say otherwise,
 * and nothing about the figure may be in doubt. Else the row waits for somebody to accept it by its number.
 */
import type { PriceClaim, PriceDifference, PriceFinding } from '#contracts/api/price-intake-api.js';
import type { PriceRow } from '#contracts/price.js';
import { endOf, findingOf, priceRatio, rowKeyOf, rowName, samePrice, startOf } from './price-claim.js';
import { alreadySays, boundedBy, rowAt, timelinesOf } from './price-timeline.js';

/** What another source last said. */
export interface Sighting {
  source: string;
  claim: Pick<PriceClaim, 'row' | 'dated'>;
}

export interface ChangeInput {
  /** Of the book in force. */
  rows: readonly PriceRow[];
  source: string;
  claims: readonly PriceClaim[];
  /** Of reading and of `checkClaims`. */
  findings: readonly PriceFinding[];
  sightings: readonly Sighting[];
  wanted: (row: Pick<PriceRow, 'venue' | 'model'>) => boolean;
}

export interface ChangeFound {
  differences: PriceDifference[];
  /** About wanted models, and not about a row that would change. */
  findings: PriceFinding[];
  unchanged: number;
  leftOut: number;
}

/** A price cut to a fifth has happened; a person looks at it all the same. */
const jumpAbove = 2.5;
const thousandfold = 1_000;

export function differencesOf(input: ChangeInput): ChangeFound {
  const timelines = timelinesOf(input.rows);
  const sightings = Map.groupBy(input.sightings, ({ claim }) => rowKeyOf(claim.row));
  const doubts = Map.groupBy(input.findings.filter(input.wanted), placeOf);
  const found: ChangeFound = { differences: [], findings: [], unchanged: 0, leftOut: 0 };
  const said = new Set<string>();
  for (const claim of input.claims) {
    if (!input.wanted(claim.row)) {
      found.leftOut += 1;
      continue;
    }
    const key = rowKeyOf(claim.row);
    const once = `${key} ${claim.row.validFrom} ${claim.row.ratePicoUsd}`;
    if (said.has(once)) continue;
    said.add(once);
    const timeline = timelines.get(key) ?? [];
    const row = boundedBy(timeline, claim.row);
    if (alreadySays(timeline, row)) {
      found.unchanged += 1;
      continue;
    }
    const before = rowAt(timeline, startOf(row));
    const findings = [...(doubts.get(placeOf({ ...claim, model: row.model })) ?? []), ...jumps(claim, before)];
    doubts.delete(placeOf({ ...claim, model: row.model }));
    found.differences.push(judged({ ...claim, row }, before, findings, sightings.get(key) ?? [], input.source, found));
  }
  found.findings = [...doubts.values()].flat();
  return found;
}

const placeOf = ({ line, field, model }: { line: number; field: string; model: string }) => `${line} ${field} ${model}`;

function judged(
  claim: PriceClaim,
  before: PriceRow | null,
  findings: PriceFinding[],
  sightings: readonly Sighting[],
  source: string,
  { differences }: ChangeFound,
): PriceDifference {
  const { row } = claim;
  const heard = sightings.filter((sighting) => sighting.source !== source && speaksOf(sighting, claim));
  const others = heard.filter(({ claim: other }) => !samePrice(other.row, row));
  const agreeing = [
    source,
    ...claim.confirmedBy.map(sourceNameOf),
    ...heard.filter((one) => !others.includes(one)).map((one) => one.source),
  ];
  const disagreeing = others.map((one) => ({
    source: one.source,
    ratePicoUsd: one.claim.row.ratePicoUsd,
    per: one.claim.row.per ?? 1,
  }));
  const all = [...findings];
  if (disagreeing.length > 0) {
    const words = disagreeing.map((one) => `${one.source} says ${one.ratePicoUsd} pico-USD for ${one.per}`).join(', ');
    all.push(findingOf(claim, 'sources_disagree', 'waits', words));
  }
  const sources = [...new Set(agreeing)];
  const refused = all.some(({ severity }) => severity === 'refuses');
  const state = refused ? 'refused' : all.length > 0 || sources.length < 2 ? 'waiting' : 'ready';
  const number = differences.length + 1;
  return { number, line: claim.line, row, before, state, agreeing: sources, disagreeing, findings: all };
}

/**
 * Whether both speak of one moment. A list without dates tells the price of its day: two such lists are compared though
 * they were read on different days, for the later one would have noticed a change.
 */
function speaksOf({ claim: heard }: Sighting, { row, dated }: PriceClaim): boolean {
  if (!dated) return !heard.dated || (startOf(heard.row) <= startOf(row) && startOf(row) < endOf(heard.row));
  if (!heard.dated) return startOf(row) <= startOf(heard.row) && startOf(heard.row) < endOf(row);
  return startOf(row) < endOf(heard.row) && startOf(heard.row) < endOf(row);
}

/** What a file calls its witnesses: an import's name, or a page, of which two on one site are one witness. */
const sourceNameOf = (page: string) =>
  /^https?:\/\/(?:www\.)?(github\.com\/[^/]+\/[^/]+|[^/:]+)/.exec(page)?.[1] ?? page;

function jumps(claim: PriceClaim, before: PriceRow | null): PriceFinding[] {
  if (!before || before.ratePicoUsd === 0n || claim.row.ratePicoUsd === 0n) return [];
  const ratio = priceRatio(claim.row, before);
  const times = ratio >= 1 ? ratio : 1 / ratio;
  const words = `${Number(ratio.toPrecision(3))} times the price in force of ${rowName(before)}`;
  if (times >= thousandfold) return [findingOf(claim, 'thousandfold', 'refuses', words)];
  return times > jumpAbove ? [findingOf(claim, 'jump', 'waits', words)] : [];
}
