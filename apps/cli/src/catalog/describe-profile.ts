/** A catalogue page for a terminal. What is not known is said to be unknown, and nothing unknown is shown as a zero. */
import type { CatalogEndpoint, CatalogItem, CatalogProfile, Guidance, Spread } from '#contracts/api/catalog-api.js';
import type { PriceRow } from '#contracts/price.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { shownRate } from '../prices/describe-change.js';

const unknown = 'unknown';
const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

export function describeProfile(profile: CatalogProfile): string[] {
  const { id, facts, tabs, otherPrices, endpoints, guidance, spreads } = profile;
  return [
    `${facts?.name ?? profile.model} (${id})`,
    ...section('Specifications', specifications(profile)),
    ...section('Pricing', tabs.length === 0 ? ['no price is known: not eligible in enforce, unpriced in shadow'] : []),
    ...tabs.flatMap(({ tier, rows, blendedPicoUsd }) =>
      section(`Pricing, ${tier}`, [
        ...rows.map(priceLine),
        `blended 3:1  ${blendedPicoUsd === null ? 'none: it is not sold by the token' : `${perMillion(blendedPicoUsd)} USD/M`}`,
      ]),
    ),
    ...section('Earlier and later prices', otherPrices.map(priceLine)),
    ...section(
      'Notes',
      (facts?.notes ?? []).map(({ date, text, source }) => `${date} ${text} (${source})`),
    ),
    ...section('Endpoints', endpoints.flatMap(endpointLines)),
    ...section('Capabilities', facts && facts.capabilities.length > 0 ? [facts.capabilities.join(', ')] : [unknown]),
    ...section(
      'Routing guidance',
      guidance.length > 0 ? guidance.map(guidanceLine) : ['no use case, or no route: never tried'],
    ),
    ...section('Spread', spreads.map(spreadLine)),
    '',
    `as of ${profile.asOf}, price book ${profile.priceBook?.slice(0, 12) ?? 'none'}${facts ? `, facts from ${facts.source} (checked ${facts.checked})` : ''}`,
  ];
}

function specifications({ facts }: CatalogProfile): string[] {
  if (!facts) return ['no facts are recorded'];
  const { type, modality, released, snapshotDate, movingTarget, contextWindow, maxOutputTokens, limits } = facts;
  return [
    `type            ${type}: ${modality.input.join('+')} -> ${modality.output.join('+')}`,
    `released        ${released ?? unknown}`,
    `snapshot date   ${snapshotDate ?? unknown}${movingTarget ? ' (moving target: the venue may change it)' : ''}`,
    `context window  ${contextWindow ?? (type === 'image' ? 'not counted in tokens' : unknown)}`,
    `max output      ${maxOutputTokens ?? (type === 'image' ? 'not counted in tokens' : unknown)}`,
    ...Object.entries(limits).map(([name, limit]) => `${name.padEnd(15)} ${limit}`),
  ];
}

const perMillion = (picoUsd: bigint) => decimalUsd(picoUsd * 1_000_000n);

function priceLine(row: PriceRow): string {
  const band = row.inputTokensAbove ? ` above ${row.inputTokensAbove} input tokens` : '';
  const place = row.region ?? row.jurisdiction;
  const dates = `from ${row.validFrom.slice(0, 10)}${row.validTo ? ` to ${row.validTo.slice(0, 10)}` : ''}`;
  return `${row.meter.padEnd(18)} ${shownRate(row)}${band}${place ? ` in ${place}` : ''}  ${dates}  ${row.source}`;
}

function endpointLines({ route, venue, host, jurisdiction, retention, priced, measured }: CatalogEndpoint): string[] {
  const where = `${route ?? `${venue} (no route declared)`}  ${host}  jurisdiction ${jurisdiction ?? unknown}, retention ${retention ?? unknown}`;
  const figures = measured
    ? [
        `p50 ${shown(measured.latencyMsP50, ' ms')}`,
        `throughput p50 ${shown(measured.throughputP50, ' tokens/s')}`,
        `uptime 24h ${measured.uptime24h === null ? unknown : `${(100 * measured.uptime24h).toFixed(1)} %`}`,
        `${measured.calls} calls since ${measured.since.slice(0, 10)}`,
      ]
    : ['latency, throughput, uptime: not measured here'];
  return [`${where}${priced ? '' : '  UNPRICED'}`, `  ${figures.join(', ')}`];
}

const shown = (value: number | null, unit: string) => (value === null ? unknown : `${Math.round(value)}${unit}`);

function guidanceLine({ useCase, route, word, samples, mean, floor, decidedAt }: Guidance): string {
  const evidence =
    mean === null ? '' : `: mean ${mean.toFixed(3)} against ${floor}, ${samples} samples, ${decidedAt?.slice(0, 10)}`;
  return `${useCase.padEnd(24)} ${route}  ${word.replace('_', ' ')}${evidence}`;
}

export function spreadLine({ useCase, ratioThousandths, dearest, cheapest, compliant, basis, calls }: Spread): string {
  if (ratioThousandths === null) return `${useCase}: none, ${compliant.length} compliant routes with a price`;
  const ratio = decimalUsd(BigInt(ratioThousandths) * 1_000_000_000n);
  return `${useCase}: ${ratio} times, ${dearest} against ${cheapest}, ${basis === 'calls' ? `over ${calls} calls` : 'by a token blended 3:1'}`;
}

export function describeItem({ id, name, type, tiers, blendedPicoUsd, priced, routes }: CatalogItem): string {
  const price =
    blendedPicoUsd !== null
      ? `${perMillion(blendedPicoUsd)} USD/M blended`
      : priced
        ? 'priced by the unit'
        : 'no price known';
  return `${id.padEnd(56)} ${name}  ${type ?? unknown}  ${price}  ${tiers.join(', ')}${routes.length > 0 ? `  ${routes.length} routes` : ''}`;
}
