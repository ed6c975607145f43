/** A price change for people: every row that would change, why it waits, and what it would have meant for last month. */
import type { PriceChange, PriceChangeSummary, PriceDifference, PriceEffect } from '#contracts/api/price-intake-api.js';
import { rowName } from '#domain/price-intake/price-claim.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';

/** Tokens are read by the million, everything else by its unit. */
const byMillion =
  /^(input_uncached|cache_|output_text|reasoning|audio_|image_in|image_out|video_in|citation|characters)/;

export function shownRate({
  meter,
  ratePicoUsd,
  per,
}: Pick<PriceDifference['row'], 'meter' | 'ratePicoUsd' | 'per'>): string {
  if (ratePicoUsd === 0n) return 'free';
  if (per && per !== 1) return `${decimalUsd(ratePicoUsd)} USD per ${per}`;
  return byMillion.test(meter) ? `${decimalUsd(ratePicoUsd * 1_000_000n)} USD/M` : `${decimalUsd(ratePicoUsd)} USD`;
}

export function describeChange(change: PriceChange, limit = 200): string[] {
  const { differences, findings, unchanged, leftOut } = change;
  const shown = differences.slice(0, limit);
  return [
    ...shown.flatMap(describeRow),
    ...(differences.length > limit ? [`… and ${differences.length - limit} more (--json shows all)`] : []),
    ...findings.slice(0, limit).map((one) => `  line ${one.line} ${one.field}: ${one.code}: ${one.message}`),
    `${countsOf(differences)}; ${unchanged} unchanged, ${leftOut} of models no route names`,
    ...describeEffect(change.effect),
  ];
}

function describeRow({ number, line, row, before, state, agreeing, disagreeing, findings }: PriceDifference): string[] {
  const was = before ? `${shownRate(before)} -> ` : '';
  const until = row.validTo ? ` until ${row.validTo}` : '';
  const one = agreeing.length < 2 ? ['    one source only'] : [];
  return [
    `${String(number).padStart(4)} ${state.padEnd(7)} ${rowName(row)}: ${was}${shownRate(row)} from ${row.validFrom}${until} (line ${line})`,
    ...(state === 'ready' ? [] : one),
    ...findings.map((finding) => `    ${finding.severity}: ${finding.code}: ${finding.message}`),
    ...(state !== 'ready' && disagreeing.length > 0 ? [`    agree: ${agreeing.join(', ')}`] : []),
  ];
}

function countsOf(differences: readonly PriceDifference[]): string {
  const count = (state: string) => differences.filter((one) => one.state === state).length;
  return `${differences.length} rows differ: ${count('ready')} ready, ${count('waiting')} waiting, ${count('refused')} refused`;
}

const signed = (picoUsd: bigint) => `${picoUsd > 0n ? '+' : ''}${decimalUsd(picoUsd)} USD`;

function describeEffect(effect: PriceEffect): string[] {
  const { calls, capped, beforePicoUsd, afterPicoUsd, differencePicoUsd, newlyPriced, newlyUnpriced, routes } = effect;
  const which = `${calls} calls from ${effect.from} to ${effect.to}${capped ? ' (the newest; there were more)' : ''}`;
  return [
    `effect on ${which}: ${decimalUsd(beforePicoUsd)} -> ${decimalUsd(afterPicoUsd)} USD (${signed(differencePicoUsd)})`,
    ...(newlyPriced + newlyUnpriced > 0 ? [`  ${newlyPriced} calls get a price, ${newlyUnpriced} lose theirs`] : []),
    ...routes.map(
      (route) => `  ${route.route}: ${route.calls} calls, ${signed(route.afterPicoUsd - route.beforePicoUsd)}`,
    ),
  ];
}

export function describeSummary(change: PriceChangeSummary): string {
  const { id, state, source, file, submittedBy, submittedAt, decidedBy, counts, accepted, reason } = change;
  const rows = `${counts.ready} ready, ${counts.waiting} waiting, ${counts.refused} refused`;
  const decided = decidedBy
    ? `; ${state} by ${decidedBy}${state === 'approved' ? ` (${accepted.length} rows)` : ''}`
    : '';
  return `${id} ${state.padEnd(10)} ${source} ${file}: ${rows}; ${signed(change.effectPicoUsd)} last month; by ${submittedBy} ${submittedAt}${decided}${reason ? `: ${reason}` : ''}`;
}
