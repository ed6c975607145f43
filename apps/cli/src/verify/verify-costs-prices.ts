/** A bill's own lines as price rows, and the terms it was served on. */
import type { PriceRow, Tier } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import { dividedBy, type Fraction, fractionOf, times, wholeFraction } from '#domain/pricing/fraction.js';
import { type PriceIndex, type PricedRoute, priceIndexOf } from '#domain/pricing/price-book.js';
import { isReported } from '#protocols/usage/count.js';
import { servedTermsOf, tierNamed } from '#protocols/usage/served-terms.js';
import type { BillLine, CostCase, PricedCase } from './verify-costs-file.js';
import { type BilledUnit, billedUnit } from './verify-costs-units.js';

/** A bill that cannot be checked as it stands. The message says why. */
export class UnreadableBill extends Error {}

/** Only shapes the file's contract has let pass. */
export const exact = (text: string): Fraction => {
  const value = fractionOf(text);
  if (!value) throw new UnreadableBill(`${text} is no number`);
  return value;
};

export interface UnitLine extends BilledUnit {
  line: BillLine;
}

export function unitLines(lines: readonly BillLine[]): UnitLine[] {
  return lines.map((line) => {
    const unit = billedUnit(line.unit);
    if (!unit) throw new UnreadableBill(`no meter for the unit ${line.unit}`);
    return { ...unit, line };
  });
}

export const metersOf = (lines: readonly UnitLine[]): Set<Meter> => new Set(lines.flatMap((one) => one.meters));

/** Which meters each line prices: the one it names, and those no other line names, the narrower line first. */
export function coverage(lines: readonly UnitLine[]): Map<UnitLine, Meter[]> {
  const taken = metersOf(lines);
  const covered = new Map(lines.map((one) => [one, [...one.meters]]));
  for (const one of [...lines].sort((left, right) => left.unlessNamed.length - right.unlessNamed.length))
    for (const meter of one.unlessNamed) {
      if (taken.has(meter)) continue;
      taken.add(meter);
      covered.get(one)!.push(meter);
    }
  return covered;
}

const noted = (bill: CostCase, ...names: string[]): unknown =>
  names.map((name) => bill.context[name]).find((value) => value);

/**
 * Tier and place served. Where the caller is signed in to ChatGPT, Codex answers "default" for whatever tier it served,
 * so there the tier asked for counts; everywhere else what was served does.
 */
export function servedOf(bill: CostCase): { tier: Tier | null; region: string | null } {
  const outer = isReported(bill.usage) ? bill.usage : {};
  const said = servedTermsOf(outer, outer.usage, outer.usageMetadata, bill.context);
  const asked = tierNamed(noted(bill, 'requestServiceTier', 'requestedServiceTier', 'requestTier'));
  const answered = tierNamed(noted(bill, 'responseServiceTier', 'servedServiceTier', 'serviceTier', 'tier'));
  const batch = bill.context.channel === 'batch' || bill.context.batch === true ? 'batch' : null;
  const echoes = /codex|chatgpt/i.test(`${bill.provider} ${JSON.stringify(bill.context)}`);
  const tier = echoes ? (asked ?? answered) : (answered ?? said.tier ?? batch ?? asked);
  return { tier: batch ?? tier, region: said.region };
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

function rateOf({ line, times: units }: UnitLine, multiplier: Fraction): { ratePicoUsd: bigint; per: number } {
  const usd = dividedBy(times(exact(line.rateUsd), multiplier), wholeFraction(BigInt(line.per * units)));
  const [over, under] = [usd.over * 10n ** 12n, usd.under];
  const common = gcd(over, under);
  if (under / common > 1_000_000_000n) throw new UnreadableBill(`the rate of ${line.unit} is finer than a pico-USD`);
  return { ratePicoUsd: over / common, per: Number(under / common) };
}

export interface BillPrices {
  index: PriceIndex;
  route: PricedRoute;
  atMs: number;
  tier: Tier;
  region: string | null;
}

/** Prices in force for one millisecond, at the tier a line names or else the one served. */
function rowsOf(bill: PricedCase, lines: readonly UnitLine[], tier: Tier, region: string | null, atMs: number) {
  const multiplier = exact(bill.expected.multiplier);
  const factor = multiplier.over !== multiplier.under;
  const dates = { validFrom: new Date(atMs).toISOString(), validTo: new Date(atMs + 1).toISOString(), source: bill.id };
  return [...coverage(lines)].flatMap(([unit, meters]) => {
    const row = (meter: Meter, by: Fraction, place: string | null): PriceRow => {
      const rate = rateOf(unit, by);
      const free = rate.ratePicoUsd === 0n ? { declaredFree: true } : {};
      const where = place === null ? {} : { region: place };
      return {
        venue: bill.provider,
        model: bill.model,
        tier: unit.tier ?? tier,
        meter,
        ...rate,
        ...free,
        ...where,
        ...dates,
      };
    };
    return meters.flatMap((meter) =>
      factor && region !== null
        ? [row(meter, wholeFraction(1n), null), row(meter, multiplier, region)]
        : [row(meter, multiplier, null)],
    );
  });
}

/** Lines named twice for one meter at one price are one price. */
const distinct = (rows: PriceRow[]): PriceRow[] => [
  ...new Map(
    rows.map((row) => [`${row.meter}|${row.tier}|${row.region ?? ''}|${row.ratePicoUsd}|${row.per ?? 1}`, row]),
  ).values(),
];

export function pricesOf(bill: PricedCase, lines: readonly UnitLine[], terms = servedOf(bill)): BillPrices {
  const atMs = bill.at === undefined ? 0 : Date.parse(bill.at);
  const tier = terms.tier ?? lines.find((line) => line.tier !== null)?.tier ?? 'standard';
  const index = priceIndexOf({
    hash: '0'.repeat(64),
    rows: distinct(rowsOf(bill, lines, tier, terms.region, atMs)),
  });
  const route = { venue: bill.provider, model: bill.model, tier };
  return { index, route, atMs, tier, region: terms.region };
}
