/**
 * Range checks over the claims of one file: is each figure what its unit allows, and does it stand to the other prices of
 * its model as prices do. A check says why in numbers; whether it is wrong, a person decides, except where it must be.
 */
import type { PriceClaim, PriceFinding } from '#contracts/api/price-intake-api.js';
import type { PriceRow, Tier } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import { endOf, findingOf, priceRatio, rowKeyOf, rowName, samePrice, startOf } from './price-claim.js';

type Code = PriceFinding['code'];

/** Pico-USD for one unit, lowest and highest ever listed with room on both sides (October 2026). */
const token = [500n, 1_000_000_000n] as const;
const bounds: Partial<Record<Meter, readonly [bigint, bigint]>> = {
  input_uncached: [1_000n, 200_000_000n],
  cache_read: [500n, 200_000_000n],
  cache_write_5m: [1_000n, 400_000_000n],
  cache_write_1h: [1_000n, 400_000_000n],
  output_text: [2_000n, 800_000_000n],
  reasoning: token,
  audio_in: token,
  audio_out: token,
  image_in: token,
  image_out: token,
  images: [100_000_000n, 2_000_000_000_000n],
  megapixels_first: [500_000_000n, 500_000_000_000n],
  megapixels_further: [200_000_000n, 500_000_000_000n],
  megapixels_in: [200_000_000n, 500_000_000_000n],
  seconds: [1_000_000n, 2_000_000_000_000n],
  characters: [10_000n, 1_000_000_000n],
  pages: [100_000_000n, 1_000_000_000_000n],
  requests: [1_000_000n, 5_000_000_000_000n],
};

/** A price against another of the same model at the same instant: `min` ≤ price ÷ other ≤ `max`. */
interface RatioRule {
  code: Code;
  meter: Meter;
  to: Meter;
  min: number;
  max: number;
  /** Beyond this no venue has ever gone, and nobody may accept it. */
  refusedAbove?: number;
}

const ratioRules: readonly RatioRule[] = [
  { code: 'ratio_output_input', meter: 'output_text', to: 'input_uncached', min: 0.5, max: 20 },
  { code: 'ratio_output_input', meter: 'reasoning', to: 'output_text', min: 0.5, max: 2 },
  { code: 'ratio_cache_read', meter: 'cache_read', to: 'input_uncached', min: 0.01, max: 1, refusedAbove: 1 },
  { code: 'ratio_cache_write', meter: 'cache_write_5m', to: 'input_uncached', min: 0.5, max: 2.5, refusedAbove: 10 },
  { code: 'ratio_cache_write_1h', meter: 'cache_write_1h', to: 'input_uncached', min: 1.5, max: 4, refusedAbove: 10 },
  { code: 'ratio_cache_write_1h', meter: 'cache_write_1h', to: 'cache_write_5m', min: 1, max: 2.5 },
  { code: 'ratio_modality', meter: 'audio_in', to: 'input_uncached', min: 0.5, max: 25 },
  { code: 'ratio_modality', meter: 'audio_out', to: 'output_text', min: 0.5, max: 25 },
  { code: 'ratio_modality', meter: 'image_in', to: 'input_uncached', min: 0.5, max: 10 },
  { code: 'ratio_modality', meter: 'megapixels_further', to: 'megapixels_first', min: 0.05, max: 1 },
  { code: 'ratio_modality', meter: 'megapixels_in', to: 'megapixels_first', min: 0.05, max: 1 },
  { code: 'ratio_modality', meter: 'megapixels_in', to: 'megapixels_further', min: 0.5, max: 2 },
];

/** A tier against standard, and a context band against the price below it. */
const tierRange: Record<Exclude<Tier, 'standard'>, readonly [number, number]> = {
  flex: [0.2, 1],
  batch: [0.2, 1],
  priority: [1, 4],
};
const bandRange = [1, 3] as const;

/** Every doubt the file itself gives rise to. */
export function checkClaims(claims: readonly PriceClaim[]): PriceFinding[] {
  const offers = Map.groupBy(claims, ({ row }) => offerOf(row));
  return [...offers.values()].flatMap((offer) => [
    ...offer.flatMap((claim) => [
      ...withinBounds(claim),
      ...ratioRules.flatMap((rule) => withinRatio(claim, rule, offer)),
      ...withinTier(claim, offer),
      ...withinBand(claim, offer),
    ]),
    ...contradictions(offer),
  ]);
}

const offerOf = ({ venue, model, match, region, jurisdiction, contract, hours }: PriceRow) =>
  JSON.stringify([venue, model, match ?? 'exact', region, jurisdiction, contract, hours]);

function withinBounds(claim: PriceClaim): PriceFinding[] {
  const range = bounds[claim.row.meter];
  const per = BigInt(claim.row.per ?? 1);
  if (!range || (claim.row.ratePicoUsd >= range[0] * per && claim.row.ratePicoUsd <= range[1] * per)) return [];
  if (claim.row.declaredFree) return [];
  const words = `${claim.row.ratePicoUsd} pico-USD is outside ${range[0]} to ${range[1]}: a slip of the unit (per token, per million)?`;
  return [findingOf(claim, 'unit_slip', 'refuses', words)];
}

/** The claim of another meter, tier or band that is valid when this one begins. */
function siblingOf(
  claim: PriceClaim,
  offer: readonly PriceClaim[],
  asked: { meter?: Meter; tier?: Tier; above?: number | null },
) {
  const { row } = claim;
  const above = asked.above === undefined ? row.inputTokensAbove : (asked.above ?? undefined);
  return offer.find(
    ({ row: other }) =>
      other.meter === (asked.meter ?? row.meter) &&
      other.tier === (asked.tier ?? row.tier) &&
      other.inputTokensAbove === above &&
      startOf(other) <= startOf(row) &&
      startOf(row) < endOf(other),
  );
}

function outside(
  claim: PriceClaim,
  other: PriceClaim,
  code: Code,
  range: readonly [number, number],
  refusedAbove = Infinity,
) {
  const ratio = priceRatio(claim.row, other.row);
  if ((ratio >= range[0] && ratio <= range[1]) || other.row.declaredFree || claim.row.declaredFree) return [];
  const words = `${short(ratio)} times ${rowName(other.row)} (line ${other.line}); expected ${range[0]} to ${range[1]}`;
  return [findingOf(claim, code, ratio > refusedAbove ? 'refuses' : 'waits', words)];
}

function withinRatio(claim: PriceClaim, rule: RatioRule, offer: readonly PriceClaim[]): PriceFinding[] {
  if (claim.row.meter !== rule.meter) return [];
  const other = siblingOf(claim, offer, { meter: rule.to });
  return other ? outside(claim, other, rule.code, [rule.min, rule.max], rule.refusedAbove) : [];
}

function withinTier(claim: PriceClaim, offer: readonly PriceClaim[]): PriceFinding[] {
  const { tier } = claim.row;
  if (tier === 'standard') return [];
  const other = siblingOf(claim, offer, { tier: 'standard' });
  return other ? outside(claim, other, 'ratio_tier', tierRange[tier]) : [];
}

function withinBand(claim: PriceClaim, offer: readonly PriceClaim[]): PriceFinding[] {
  if (claim.row.inputTokensAbove === undefined) return [];
  const other = siblingOf(claim, offer, { above: null });
  return other ? outside(claim, other, 'ratio_band', bandRange) : [];
}

/** Two figures for one question in one file. Said twice and alike is no doubt. */
function contradictions(offer: readonly PriceClaim[]): PriceFinding[] {
  const alike = Map.groupBy(offer, ({ row }) => `${rowKeyOf(row)} ${row.validFrom}`);
  return [...alike.values()].flatMap(([first, ...others]) =>
    others
      .filter((other) => !samePrice(first!.row, other.row))
      .map((other) =>
        findingOf(
          other,
          'contradicts_itself',
          'refuses',
          `line ${first!.line} says another price for ${rowName(other.row)}`,
        ),
      ),
  );
}

/** Three digits are enough to see what happened. */
const short = (ratio: number) => (Number.isFinite(ratio) ? Number(ratio.toPrecision(3)).toString() : 'endlessly many');
