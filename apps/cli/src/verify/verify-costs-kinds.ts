/** What each kind of bill must come to by our own calculator: pico-USD, or the reason why nothing is settled. */
import type { Usage, UsageParts } from '#contracts/usage.js';
import { billOf } from '#domain/pricing/bill-of.js';
import { ceilingOf } from '#domain/pricing/ceiling-of.js';
import {
  callCostOf,
  type CapacityHour,
  deliveredHourOf,
  idleCostOf,
  type OwnedNode,
} from '#domain/pricing/committed-capacity.js';
import { type Fraction, fractionOf, picoUsdOf, plus, times, wholeFraction } from '#domain/pricing/fraction.js';
import { countOf, isReported, type Reported, within } from '#protocols/usage/count.js';
import type { CostCase, PricedCase } from './verify-costs-file.js';
import {
  type BillPrices,
  exact,
  metersOf,
  pricesOf,
  servedOf,
  UnreadableBill,
  unitLines,
} from './verify-costs-prices.js';
import { countsBeside, readReported } from './verify-costs-usage.js';

export interface Computed {
  picoUsd: bigint;
  /** Quantities by meter; null where the figure is not made of them. */
  parts: UsageParts | null;
  /** What else does not fit. */
  problems: string[];
}

const fieldOf = (object: Reported, name: string): Fraction => {
  const value = fractionOf(object[name]);
  if (!value) throw new UnreadableBill(`${name} is no number`);
  return value;
};

function settle(bill: PricedCase): Computed {
  const lines = unitLines(bill.expected.lines);
  const usage = readReported(bill, metersOf(lines));
  if (usage.basis === 'missing') throw new UnreadableBill('there is no usage to settle');
  if (usage.basis === 'quarantined') throw new UnreadableBill('the usage does not add up, so it is quarantined');
  const { index, route, atMs, tier, region } = pricesOf(bill, lines);
  const purchase = { route, prices: index, instantMs: atMs, ceilingPicoUsd: null };
  const settled = billOf({ usage, servedModel: null, servedTier: tier, servedRegion: region }, purchase);
  const used = Object.entries(usage.parts).filter(([, quantity]) => quantity > 0);
  if (settled.basis === 'unpriced')
    throw new UnreadableBill(`no price at tier ${tier} for all of ${used.map(([meter]) => meter).join(', ')}`);
  return {
    picoUsd: settled.costPicoUsd,
    parts: usage.venueCostPicoUsd === undefined ? usage.parts : null,
    problems: [],
  };
}

/** Charges outside any call: tokens kept for hours, capacity nobody used. */
function standing(bill: PricedCase): Computed {
  const usage = isReported(bill.usage) ? bill.usage : {};
  if (usage.capacityUsedShare !== undefined) {
    const hour = { hourUsd: fieldOf(usage, 'hourRateUsd'), usedShare: fieldOf(usage, 'capacityUsedShare') };
    return { picoUsd: picoUsdOf(idleCostOf(hour)), parts: null, problems: [] };
  }
  const kept = within(usage, 'cachedContent', 'cached_content', 'cache');
  const tokenHours = times(fieldOf(kept, 'totalTokenCount'), fieldOf(kept, 'hours'));
  const [line, second] = bill.expected.lines;
  if (!line || second) throw new UnreadableBill('a standing charge has one line');
  const [unit] = unitLines([line]);
  if (unit!.meters[0] !== 'cache_token_hours') throw new UnreadableBill(`${line.unit} is no standing charge`);
  const { index, route, atMs } = pricesOf(bill, [unit!]);
  // Whole token-hours where there are such; a fraction of one is priced by the same rate.
  const rates = index.sheets.values().next().value?.home[0]?.bands[0];
  const price = rates?.exact?.cache_token_hours ?? { ratePicoUsd: rates?.rates.cache_token_hours, per: 1 };
  if (price.ratePicoUsd === undefined) throw new UnreadableBill(`no price at ${route.tier} on ${atMs}`);
  const rate = { over: price.ratePicoUsd, under: BigInt(price.per) * 10n ** 12n };
  return { picoUsd: picoUsdOf(times(tokenHours, rate)), parts: null, problems: [] };
}

function capacityHour(bill: PricedCase, usage: Reported): Computed {
  const hour: CapacityHour = {
    hourUsd: fieldOf(usage, 'hourRateUsd'),
    usedShare: fieldOf(usage, 'capacityUsedShare'),
    hourWeight: fieldOf(usage, 'hourWeightedTokens'),
  };
  const { idleEntryUsd, hourTotalUsd } = bill.expected;
  const problems: string[] = [];
  const compare = (what: string, value: Fraction, stated: string | undefined) => {
    if (stated !== undefined && picoUsdOf(value) !== picoUsdOf(exact(stated)))
      problems.push(`${what} is ${picoUsdOf(value)} pico-USD, not ${picoUsdOf(exact(stated))}`);
  };
  compare('the idle part of the hour', idleCostOf(hour), idleEntryUsd);
  compare('the whole hour', hour.hourUsd, hourTotalUsd);
  // An hour without calls is idle as a whole.
  if (hour.hourWeight.over === 0n) return { picoUsd: picoUsdOf(idleCostOf(hour)), parts: null, problems };
  return { picoUsd: picoUsdOf(callCostOf(hour, fieldOf(usage, 'callWeightedTokens'))), parts: null, problems };
}

const nodeFields = {
  capex: 'capexUsd',
  residual: 'residualUsd',
  lifeMonths: 'lifeMonths',
  kilowatts: 'kw',
  pue: 'pue',
  usdPerKwh: 'usdPerKwh',
  hoursPerMonth: 'hoursPerMonth',
  colocation: 'coloUsd',
  support: 'supportUsd',
  staff: 'staffUsd',
  gpus: 'gpus',
  utilisation: 'utilisation',
} as const satisfies Record<keyof OwnedNode, string>;

function capacity(bill: PricedCase): Computed {
  const usage = isReported(bill.usage) ? bill.usage : {};
  if (usage.capexUsd === undefined && usage.callWeightedTokens === undefined) return standing(bill);
  if (usage.capexUsd === undefined) return capacityHour(bill, usage);
  const node = Object.fromEntries(
    Object.entries(nodeFields).map(([field, name]) => [field, fieldOf(usage, name)]),
  ) as unknown as OwnedNode;
  return { picoUsd: picoUsdOf(deliveredHourOf(node)), parts: null, problems: [] };
}

const firstCount = (request: Reported, ...names: string[]): number => {
  const name = names.find((one) => request[one] !== undefined && request[one] !== null);
  const count = name === undefined ? 0 : countOf(request[name]);
  if (Number.isNaN(count)) throw new UnreadableBill(`${name} is no count`);
  return count;
};

const predicted = (request: Reported) =>
  firstCount(request, 'predictionTokens', 'prediction_tokens', 'predictedTokens');

/** Of the call, else what policy writes into it, else what the model itself stops at. */
const outputLimits = [
  ...['max_completion_tokens', 'max_output_tokens', 'max_tokens', 'maxOutputTokens'],
  ...['policyMaxTokens', 'injectedMaxTokens', 'policyMaxOutputTokens'],
  ...['modelMaxOutputTokens', 'model_max_output_tokens'],
];

/** What is held before the call; where no usage came back, what is booked until somebody knows better. */
function hold(bill: PricedCase): Computed {
  const outer = isReported(bill.usage) ? bill.usage : {};
  const request = within(outer, 'request');
  const lines = unitLines(bill.expected.lines);
  const prices = pricesOf(bill, lines);
  const output = firstCount(request, ...outputLimits);
  const bound = {
    inputTokensMax: firstCount(request, 'estimatedInputTokens', 'inputTokens', 'input_tokens', 'inputTokensMax'),
    outputTokensMax: output,
    choices: Math.max(1, firstCount(request, 'n', 'choices')),
    needs: ['vision', 'audio', 'images'] as const,
    predictedTokens: predicted(request),
    quantitiesMax: quantitiesOf(request, new Set(metersOf(lines))),
  };
  const ceilingOfOne = ceilingOf(bound, prices.index, prices.route, prices.atMs);
  if (ceilingOfOne === null) throw new UnreadableBill('the price of the ceiling is unknown');
  const ceilingPicoUsd = ceilingOfOne * BigInt(Math.max(1, firstCount(request, 'attempts', 'parallelAttempts')));
  return { picoUsd: ceilingPicoUsd, parts: null, problems: basisProblems(bill, prices, ceilingPicoUsd) };
}

function quantitiesOf(request: Reported, billed: ReadonlySet<string>): UsageParts {
  const counts = Object.entries(countsBeside(request)).filter(([meter]) => billed.has(meter) && meter !== 'requests');
  return Object.fromEntries(counts);
}

function basisProblems(bill: PricedCase, { index, route, atMs }: BillPrices, ceilingPicoUsd: bigint): string[] {
  const { costBasis, mustReconcile } = bill.expected;
  if (costBasis === undefined) return [];
  const usage = readReported(bill, new Set());
  const purchase = { route, prices: index, instantMs: atMs, ceilingPicoUsd };
  const booked = billOf({ usage, servedModel: null, servedTier: null }, purchase);
  const problems: string[] = [];
  if ((costBasis === 'ESTIMATED_CEILING') !== (booked.basis === 'estimated'))
    problems.push(`is booked as ${booked.basis}, not as ${costBasis}`);
  if (booked.costPicoUsd !== ceilingPicoUsd) problems.push(`is booked at ${booked.costPicoUsd} pico-USD`);
  if (mustReconcile === true && booked.basis !== 'estimated') problems.push('is not left to reconcile');
  return problems;
}

const kinds = { settle, standing, capacity, hold };

/** Throws `UnreadableBill` with the reason where no figure can be given. */
export const computed = (bill: PricedCase): Computed => kinds[bill.kind](bill);

/** Why nothing is settled, or null where something would be: at the prices of any other bill of the same model. */
export function rejection(bill: Extract<CostCase, { kind: 'reject' }>, others: readonly PricedCase[]): string | null {
  const known = others.filter(
    (other) => other.kind === 'settle' && other.model === bill.model && other.provider === bill.provider,
  );
  const tier = servedOf(bill).tier ?? 'standard';
  let reason = whyUnread(readReported(bill, new Set()));
  for (const other of known) {
    if (bill.at !== undefined && other.at !== undefined && other.at > bill.at) continue;
    const lines = unitLines(other.expected.lines);
    const usage = readReported(bill, metersOf(lines));
    reason = whyUnread(usage);
    if (reason !== null) continue;
    const prices = pricesOf(other, lines);
    const route = { ...prices.route, tier };
    const purchase = { route, prices: prices.index, instantMs: prices.atMs, ceilingPicoUsd: null };
    if (billOf({ usage, servedModel: null, servedTier: tier }, purchase).basis !== 'unpriced') return null;
  }
  return reason ?? 'no price is known';
}

const unread: Partial<Record<Usage['basis'], string>> = {
  quarantined: 'the usage does not add up',
  missing: 'there is no usage',
};
const whyUnread = (usage: Usage): string | null => unread[usage.basis] ?? null;

/** The bill's own arithmetic: quantity × rate × multiplier, summed. Exact. */
export function ownTotal(bill: PricedCase): Fraction {
  const amounts = bill.expected.lines.map((line) =>
    times(times(exact(line.quantity), exact(line.rateUsd)), { over: 1n, under: BigInt(line.per) }),
  );
  return times(amounts.reduce(plus, wholeFraction(0n)), exact(bill.expected.multiplier));
}
