/**
 * A catalogue page for a terminal: a title, then sections, figures in columns, pages named once at the foot. What is not
 * known is said to be unknown, and nothing unknown is shown as a zero.
 */
import { styleText } from 'node:util';
import type { CatalogEndpoint, CatalogItem, CatalogProfile, Guidance, Spread } from '#contracts/api/catalog-api.js';
import type { PriceRow } from '#contracts/price.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { shownRate } from '../prices/describe-change.js';
import { table } from '../table.js';

const unknown = 'unknown';
const dim = (text: string) => styleText('dim', text);

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? [] : ['', styleText('bold', title), ...lines.map((line) => `  ${line}`)];

/** Columns without a head, all to the left; only the last may be styled. */
function columns(rows: string[][]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(width(column)))).join('  '),
  );
}

/** Pages by the number they have at the foot. */
class Pages {
  private readonly pages: string[] = [];

  of(source: string): string {
    if (!this.pages.includes(source)) this.pages.push(source);
    return dim(`[${this.pages.indexOf(source) + 1}]`);
  }

  lines(): string[] {
    return this.pages.map((page, at) => `[${at + 1}] ${page}`);
  }
}

export function describeProfile(profile: CatalogProfile): string[] {
  const { id, facts, tabs, otherPrices, endpoints, guidance, spreads } = profile;
  const pages = new Pages();
  return [
    `${styleText('bold', facts?.name ?? profile.model)}  ${dim(id)}`,
    ...subtitle(profile),
    ...section('Specifications', specifications(profile)),
    ...section('Pricing', tabs.length === 0 ? ['no price is known: not eligible in enforce, unpriced in shadow'] : []),
    ...tabs.flatMap(({ tier, rows, blendedPicoUsd }) =>
      section(`Pricing, ${tier}`, [...priceLines(rows, pages), blendedLine(rows, blendedPicoUsd)]),
    ),
    ...section('Earlier and later prices', priceLines(otherPrices, pages)),
    ...section(
      'Notes',
      (facts?.notes ?? []).map(({ date, text, source }) => `${date}  ${text} ${pages.of(source)}`),
    ),
    ...section('Endpoints', endpointLines(endpoints)),
    ...section('Capabilities', facts && facts.capabilities.length > 0 ? [facts.capabilities.join(', ')] : [unknown]),
    ...section(
      'Routing guidance',
      guidance.length > 0 ? columns(guidance.map(guidanceCells)) : ['no use case, or no route: never tried'],
    ),
    ...section('Spread', spreads.map(spreadLine)),
    ...section('Pages', pages.lines()),
    '',
    dim(footOf(profile)),
  ];
}

function subtitle({ facts, venueFacts, venue }: CatalogProfile): string[] {
  const parts = [venueFacts?.name ?? venue, facts?.family ? `family ${facts.family}` : null];
  const works = facts && `${facts.modality.input.join(' + ')} → ${facts.modality.output.join(' + ')}`;
  return [[works, ...parts].filter((part) => part !== null).join(dim(' · '))];
}

const footOf = ({ asOf, priceBook, facts }: CatalogProfile): string =>
  `as of ${asOf.slice(0, 16).replace('T', ' ')} UTC, price book ${priceBook?.slice(0, 12) ?? 'none'}` +
  (facts ? `, facts from ${facts.source} (checked ${facts.checked})` : '');

function specifications({ facts }: CatalogProfile): string[] {
  if (!facts) return ['no facts are recorded'];
  const { type, released, snapshotDate, movingTarget, contextWindow, maxOutputTokens, limits } = facts;
  const tokens = (count: number | null) =>
    count === null ? (type === 'image' ? 'not counted in tokens' : unknown) : `${count.toLocaleString('en-US')} tokens`;
  return columns([
    ['type', type],
    ['released', released ?? unknown],
    ['snapshot date', `${snapshotDate ?? unknown}${movingTarget ? ' (moving target: the venue may change it)' : ''}`],
    ['context window', tokens(contextWindow)],
    ['max output', tokens(maxOutputTokens)],
    ...Object.entries(limits),
  ]);
}

const perMillion = (picoUsd: bigint) => decimalUsd(picoUsd * 1_000_000n);

/** `megapixels_first` is "megapixels first" to people. */
const worded = (meter: string) => meter.replaceAll('_', ' ');

function priceLines(rows: readonly PriceRow[], pages: Pages): string[] {
  return columns(
    rows.map((row) => {
      const band = row.inputTokensAbove ? `above ${row.inputTokensAbove.toLocaleString('en-US')} input tokens` : null;
      const place = row.region ?? row.jurisdiction;
      const hours = row.hours && `${row.hours.from} to ${row.hours.to} ${row.hours.zone}`;
      const terms = [band, place && `in ${place}`, hours, row.contract && `under ${row.contract}`].filter(Boolean);
      const dates = `from ${row.validFrom.slice(0, 10)}${row.validTo ? ` to ${row.validTo.slice(0, 10)}` : ''}`;
      return [worded(row.meter), shownRate(row), dates, [...terms, pages.of(row.source)].join('  ')];
    }),
  );
}

const blendedLine = (rows: readonly PriceRow[], blendedPicoUsd: bigint | null): string => {
  const width = Math.max(...rows.map(({ meter }) => meter.length));
  const text = blendedPicoUsd === null ? 'none: it is not sold by the token' : `${perMillion(blendedPicoUsd)} USD/M`;
  return `${'blended 3:1'.padEnd(width)}  ${text}`;
};

/** Routes with what they did here, then hosts that are known and that no route uses. */
function endpointLines(endpoints: readonly CatalogEndpoint[]): string[] {
  const hosts = endpoints.filter(({ route }) => route === null);
  const placeOf = ({ jurisdiction, retention }: CatalogEndpoint) =>
    `jurisdiction ${jurisdiction ?? unknown}, retention ${retention ?? unknown}`;
  return [
    ...endpoints.flatMap((endpoint) =>
      endpoint.route === null
        ? []
        : [
            `${endpoint.route}${endpoint.priced ? '' : `  ${styleText('red', 'UNPRICED')}`}`,
            `  ${endpoint.host}  ${placeOf(endpoint)}`,
            `  ${measuredText(endpoint.measured)}`,
          ],
    ),
    ...columns(hosts.map((host) => [host.host, placeOf(host), dim('no route declared')])),
  ];
}

function measuredText(measured: CatalogEndpoint['measured']): string {
  if (!measured) return dim('latency, throughput, uptime: not measured here');
  const { latencyMsP50, throughputP50, uptime24h, attempts24h, calls, since } = measured;
  return [
    `latency p50 ${shown(latencyMsP50, ' ms')}`,
    `throughput p50 ${shown(throughputP50, ' tokens/s')}`,
    uptime24h === null
      ? `uptime 24 h ${unknown}`
      : `uptime 24 h ${(100 * uptime24h).toFixed(1)} % of ${attempts24h.toLocaleString('en-US')} attempts`,
    `${calls.toLocaleString('en-US')} calls since ${since.slice(0, 10)}`,
  ].join(dim(' · '));
}

const shown = (value: number | null, unit: string) =>
  value === null ? unknown : `${Math.round(value).toLocaleString('en-US')}${unit}`;

const tone = { cleared: 'green', failed: 'red', baseline: 'bold', expired: 'yellow' } as const;

function guidanceCells({ useCase, route, word, samples, mean, floor, decidedAt }: Guidance): string[] {
  const evidence =
    mean === null ? '' : `mean ${mean.toFixed(3)} against ${floor}, ${samples} samples, ${decidedAt?.slice(0, 10)}`;
  const text = word.replace('_', ' ');
  return [useCase, route, evidence, word in tone ? styleText(tone[word as keyof typeof tone], text) : text];
}

export function spreadLine({ useCase, ratioThousandths, dearest, cheapest, compliant, basis, calls }: Spread): string {
  if (ratioThousandths === null) return `${useCase}: none, ${compliant.length} compliant routes with a price`;
  const ratio = decimalUsd(BigInt(ratioThousandths) * 1_000_000_000n);
  return `${useCase}: ${ratio} times, ${dearest} against ${cheapest}, ${basis === 'calls' ? `over ${calls} calls` : 'by a token blended 3:1'}`;
}

/** One line a model: what it is, what it costs, at which tiers, and how many routes use it. */
export function describeItems(items: readonly CatalogItem[]): string[] {
  const rows = items.map(({ id, name, type, tiers, blendedPicoUsd, priced, routes }) => [
    ...[id, name, type ?? unknown],
    blendedPicoUsd !== null ? perMillion(blendedPicoUsd) : priced ? 'by the unit' : styleText('red', 'no price'),
    ...[tiers.join(', '), routes.length > 0 ? String(routes.length) : '–'],
  ]);
  return table(['model', 'name', 'type', 'USD/M 3:1', 'tiers', 'routes'], rows);
}
