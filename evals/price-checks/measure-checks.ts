/** How many known errors and injected slips the price checks flag, and how many sound rows. Waiting for want of a second source does not count. */
import { PriceFileUnread, readPriceText } from '../../apps/cli/src/prices/read-price-file.js';
import type { PriceClaim, PriceFinding } from '#contracts/api/price-intake-api.js';
import type { PriceRow } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import { checkClaims } from '#domain/price-intake/check-claims.js';
import { readPrice } from '#domain/price-intake/decimal-price.js';
import { differencesOf, type Sighting } from '#domain/price-intake/price-differences.js';
import { injectSlip, type PriceText, type Slip } from './inject-slips.js';
import { asOf, type ListName, type Sources } from './read-sources.js';

export interface Counted {
  flagged: number;
  all: number;
  missed: string[];
}

const counted = (): Counted => ({ flagged: 0, all: 0, missed: [] });
function count(into: Counted, flagged: boolean, name: string): void {
  into.all += 1;
  if (flagged) into.flagged += 1;
  else into.missed.push(name);
}

const findingsOf = (claims: PriceClaim[], read: PriceFinding[]) => [...read, ...checkClaims(claims)];

/** The figures of one list that cannot be, each at its model and field. */
export function sanityErrors({ lists, discrepancies }: Sources): {
  errors: Counted;
  others: Map<string, string[]>;
  rows: number;
} {
  const { claims, findings } = lists.litellm.post;
  const found = findingsOf(claims, findings);
  const listed = new Set(
    discrepancies.litellmSanity.flatMap(({ model, field }) => field.split(' + ').map((one) => `${model}.${one}`)),
  );
  const errors = counted();
  const at = new Set(found.map(({ field }) => field));
  for (const { model, field } of discrepancies.litellmSanity)
    count(
      errors,
      field.split(' + ').some((one) => at.has(`${model}.${one}`)),
      `${model}.${field}`,
    );
  const others = new Map<string, string[]>();
  for (const { field, code } of found) if (!listed.has(field)) others.set(code, [...(others.get(code) ?? []), field]);
  return { errors, others, rows: claims.length };
}

const meterOf: Record<string, Meter> = {
  input: 'input_uncached',
  output: 'output_text',
  cache_read: 'cache_read',
  cache_write: 'cache_write_5m',
};

/** What sources say differently. Where a list is not here (OpenRouter's), or names the model otherwise, the table's figure stands in. */
export function crossSourceErrors({ lists, discrepancies }: Sources): { errors: Counted; fromTable: number } {
  const errors = counted();
  let fromTable = 0;
  for (const { provider, model, component, usdPerMTok } of discrepancies.crossSource) {
    const meter = meterOf[component]!;
    const heard = Object.entries(usdPerMTok).map(([source, usd]): Sighting => {
      const own =
        source in lists
          ? lists[source as ListName].post.claims.find(({ row }) => isOffer(row, provider, model, meter))
          : undefined;
      if (!own) fromTable += 1;
      return { source, claim: own ?? { row: tableRow(provider, model, meter, usd), dated: false } };
    });
    const [first, ...others] = heard;
    const claim: PriceClaim = { ...first!.claim, line: 1, field: model, confirmedBy: [] };
    const { differences } = differencesOf({
      rows: [],
      source: first!.source,
      claims: [claim],
      findings: [],
      sightings: others,
      wanted: () => true,
    });
    count(
      errors,
      differences.some(({ findings }) => findings.length > 0),
      `${provider}/${model} ${component} ${JSON.stringify(usdPerMTok)}`,
    );
  }
  return { errors, fromTable };
}

const isOffer = (row: PriceRow, venue: string, model: string, meter: Meter) =>
  row.venue === venue && row.model === model && row.meter === meter && row.tier === 'standard' && !row.inputTokensAbove;

const tableRow = (venue: string, model: string, meter: Meter, usd: string): PriceRow => ({
  ...{ venue, model, meter, tier: 'standard', validFrom: asOf, source: 'table' },
  ratePicoUsd: readPrice(usd, 1_000_000n)!.picoUsd,
  ...(Number(usd) === 0 && { declaredFree: true }),
});

export interface SlipTerms {
  files: readonly PriceText[];
  /** The book in force; empty for a first import. */
  rows: readonly PriceRow[];
  sightings: readonly Sighting[];
}

/** What the checks say of a file in which one figure slipped. A file that is refused is flagged. */
export function slipFlagged(slip: Slip, { rows, sightings }: Omit<SlipTerms, 'files'>): boolean {
  try {
    const { post } = readPriceText(slip.file, Buffer.from(slip.text), {
      format: 'o10',
      source: 'slip',
      effectiveAt: asOf,
      renamed: {},
    });
    const findings = findingsOf(post.claims, post.findings);
    const changed = differencesOf({
      rows,
      source: 'slip',
      claims: post.claims,
      findings,
      sightings,
      wanted: () => true,
    });
    const told = [...changed.findings, ...changed.differences.flatMap((one) => one.findings)];
    const siblings = (message: string) => message.includes(`(line ${slip.line})`);
    return told.some(({ line, message }) => line === slip.line || siblings(message));
  } catch (error) {
    if (error instanceof PriceFileUnread) return true;
    throw error;
  }
}

export function flaggedSlips(terms: SlipTerms, slips: readonly Slip[]): Counted {
  const result = counted();
  for (const slip of slips)
    count(result, slipFlagged(slip, terms), `${slip.file}:${slip.line} ${slip.kind}: ${slip.before} -> ${slip.after}`);
  return result;
}

export const drawSlips = (files: readonly PriceText[], howMany: number, draw: () => number): Slip[] =>
  Array.from({ length: howMany }, () => injectSlip(files, draw));

/** Sound rows that are flagged all the same. */
export function falselyFlagged(claims: PriceClaim[], { rows, sightings }: Omit<SlipTerms, 'files'>): string[] {
  const changed = differencesOf({
    rows,
    source: 'slip',
    claims,
    findings: checkClaims(claims),
    sightings,
    wanted: () => true,
  });
  return [...changed.findings, ...changed.differences.flatMap((one) => one.findings)].map(
    (one) => `${one.venue}/${one.model} ${one.tier} ${one.meter}: ${one.code}: ${one.message}`,
  );
}
