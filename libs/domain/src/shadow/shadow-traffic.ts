/**
 * What a use case's traffic and its shadow have come to, from the ledger's daily sums: calls, what the baseline costs and
 * what one sampled call has cost on all candidates and the judge. Amounts in pico-USD; what was not seen is null.
 */
import type { Envelope } from '#contracts/envelope.js';
import type { RollUpRow } from '#contracts/roll-up.js';
import type { UseCase } from '#contracts/use-case.js';

export const lookBackDays = 7;
const dayMs = 86_400_000;

export interface ShadowTraffic {
  callsPerDay: number | null;
  baselineSpendPicoUsdPerDay: bigint;
  /** As measured; null before the first replay. */
  costPerSamplePicoUsd: bigint | null;
}

/** The first UTC day that is looked at. */
export const lookBackFrom = (nowMs: number): string =>
  new Date(nowMs - (lookBackDays - 1) * dayMs).toISOString().slice(0, 10);

/** `rows` of the days since `lookBackFrom`; a day counts whole but today, which counts as far as it has come. */
export function shadowTraffic(
  rows: readonly RollUpRow[],
  { slug, baseline, candidates }: Pick<UseCase, 'slug' | 'baseline' | 'candidates'>,
  nowMs: number,
): ShadowTraffic {
  const own = rows.filter((row) => row.useCase === slug);
  const served = own.filter((row) => row.route === baseline && row.calls > 0);
  const firstMs = Math.min(nowMs, ...served.map(({ day }) => Date.parse(day)));
  const days = Math.min(lookBackDays, Math.max(1, (nowMs - firstMs) / dayMs));
  const calls = served.reduce((sum, row) => sum + row.calls, 0);
  const spend = served.reduce((sum, row) => sum + row.costPicoUsd, 0n);
  const evaluated = own.filter((row) => row.route !== baseline && row.evaluations > 0);
  const samples = Math.max(
    0,
    ...candidates.map((candidate) =>
      evaluated.filter(({ route }) => route === candidate).reduce((sum, row) => sum + row.evaluations, 0),
    ),
  );
  const evaluation = evaluated.reduce((sum, row) => sum + row.evaluationCostPicoUsd, 0n);
  return {
    callsPerDay: calls === 0 ? null : calls / days,
    baselineSpendPicoUsdPerDay: BigInt(Math.round(Number(spend) / days)),
    costPerSamplePicoUsd: samples === 0 ? null : evaluation / BigInt(samples),
  };
}

const daysOf: Partial<Record<Envelope['window']['unit'], number>> = {
  hour: 1 / 24,
  day: 1,
  week: 7,
  month: 30,
  quarter: 91,
};

/** What the use case's own envelopes for replays and judges allow a day, together; null: it has none that says. */
export function declaredAllowance(envelopes: readonly Envelope[], slug: string): bigint | null {
  const own = envelopes.filter(
    ({ scope, purpose }) => purpose !== 'live' && scope.kind === 'use_case' && scope.useCase === slug,
  );
  const perDay = own.flatMap(({ limitNanoUsd, window }) => {
    const days = window.unit === 'rolling' ? (window.hours ?? 24) / 24 : daysOf[window.unit];
    return days === undefined ? [] : [BigInt(Math.floor((Number(limitNanoUsd) * 1_000) / days))];
  });
  return perDay.length === 0 ? null : perDay.reduce((sum, each) => sum + each, 0n);
}
