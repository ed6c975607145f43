/** `o10 prices`: files in, differences out, and a second person's word in between. */
import { join } from 'node:path';
import { styleText } from 'node:util';
import { type Command, Option } from 'commander';
import {
  PriceChange,
  PriceChangeList,
  type PriceFormat,
  priceFormats,
  PriceImportPost,
} from '#contracts/api/price-intake-api.js';
import { type Unpriced, PriceVersionList, UnpricedList } from '#contracts/api/price-api.js';
import { CatalogPost } from '#contracts/api/catalog-api.js';
import { askControl, type ControlClient, type ControlRequest } from '../configure/ask-control.js';

import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';
import { describeChange, describeSummary } from './describe-change.js';
import { table } from '../table.js';
import { type PriceFile, readPriceFile, readSeed } from './read-price-file.js';

interface ImportOptions {
  format?: PriceFormat;
  source?: string;
  from?: string;
  venue: string[];
  everything?: boolean;
  seed?: boolean;
  json?: boolean;
}

const several = (value: string, previous: string[]): string[] => [...previous, value];
const print = (lines: readonly string[]) => void process.stdout.write(`${lines.join('\n')}\n`);

export function addPricesCommands(program: Command, place: Place): void {
  const prices = program.command('prices').description('the price book: import, compare, approve');
  const reading = (command: Command) =>
    command
      .addOption(new Option('--format <format>', 'recognised by its content when not given').choices(priceFormats))
      .option('--source <name>', 'who says so; sources that agree confirm each other')
      .option('--from <instant>', 'when undated prices take effect; now when not given')
      .option('--venue <theirs=ours>', 'what this installation calls a venue of the file', several, [])
      .option('--everything', 'also models that no route names')
      .option('--json', 'one JSON object');
  reading(prices.command('import').argument('[file]', 'LiteLLM, models.dev, genai-prices or o10 YAML'))
    .description('propose the prices of a file; a second person approves them')
    .option('--seed', 'the price book this release ships: propose and approve it, its authors being the first person')
    .action((file: string | undefined, options: ImportOptions) => importFile(place, file, options));
  reading(prices.command('diff').argument('<file>'))
    .description('what an import would change, and what last month would have cost; changes nothing')
    .action((file: string, options: ImportOptions) => compareFile(place, file, options));
  prices
    .command('unpriced')
    .description('what was bought in the last thirty days at a price nobody knows, with the calls it touched')
    .option('--json', 'one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      const answer = await askControl(clientOf(place), { method: 'GET', path: '/api/prices/unpriced' });
      print(json ? [JSON.stringify(answer)] : describeUnpriced(UnpricedList.decode(answer as never).items));
    });
  addDecisions(prices, place);
}

function describeUnpriced(items: readonly Unpriced[]): string[] {
  if (items.length === 0) return ['Every call of the last thirty days has a price.'];
  const calls = items.reduce((sum, item) => sum + item.calls, 0);
  const rows = items.map(({ route, servedModel, tier, meters, useCases, callIds, ...item }) => [
    ...[route, servedModel ?? 'unknown', tier ?? 'unknown', String(item.calls), meters.join(' '), useCases.join(' ')],
    callIds[0] ?? '',
  ]);
  const head = ['route', 'served', 'tier', 'calls', 'used', 'use cases', 'latest call'];
  return [styleText('red', `${calls} calls without a price`), '', ...table(head, rows)];
}

function addDecisions(prices: Command, place: Place): void {
  const client = () => clientOf(place);
  prices
    .command('pending')
    .description('changes that wait for a second person; with an id, its rows')
    .argument('[id]')
    .option('--json', 'one JSON object')
    .action(async (id: string | undefined, { json }: { json?: boolean }) => {
      if (id) return showChange(await ask(client(), { method: 'GET', path: `/api/prices/changes/${id}` }), json);
      const answer = await askControl(client(), { method: 'GET', path: '/api/prices/changes?state=pending' });
      if (json) return print([JSON.stringify(answer)]);
      const { items } = PriceChangeList.decode(answer as never);
      print(items.length > 0 ? items.map(describeSummary) : ['nothing waits']);
    });
  prices
    .command('approve')
    .description('publish the rows of a change that are ready, and those that wait and are named')
    .argument('<id>')
    .option('--accept <numbers>', 'rows that wait and are accepted all the same: "3,7,8" or "all"')
    .option('--reason <words>', 'why; needed with --accept, and kept in the ledger')
    .option('--json', 'one JSON object')
    .action(async (id: string, { accept, reason, json }: { accept?: string; reason?: string; json?: boolean }) => {
      const waiting = accept === 'all' ? 'all' : accept ? accept.split(',').map(Number) : [];
      const body = { waiting, ...(reason && { reason }) };
      const change = await ask(client(), { method: 'POST', path: `/api/prices/changes/${id}/approval`, body });
      if (json) return showChange(change, true);
      print([`${change.accepted.length} rows published in the book ${change.priceBook}`]);
    });
  prices
    .command('reject')
    .argument('<id>')
    .argument('<reason>')
    .action(async (id: string, reason: string) => {
      await ask(client(), { method: 'POST', path: `/api/prices/changes/${id}/rejection`, body: { reason } });
      print([`${id} is rejected`]);
    });
  prices
    .command('history')
    .description('every change and every version of the book, newest first')
    .option('--json', 'one JSON object')
    .action(async ({ json }: { json?: boolean }) => {
      const changes = await askControl(client(), { method: 'GET', path: '/api/prices/changes' });
      const versions = await askControl(client(), { method: 'GET', path: '/api/prices/versions' });
      if (json) return print([JSON.stringify({ changes, versions })]);
      const books = PriceVersionList.decode(versions as never).items;
      print([
        ...PriceChangeList.decode(changes as never).items.map(describeSummary),
        ...books.map(
          (one) => `version ${one.version} ${one.hash}: ${one.rowCount} rows, by ${one.approvedBy} ${one.approvedAt}`,
        ),
      ]);
    });
}

async function importFile(place: Place, path: string | undefined, options: ImportOptions): Promise<void> {
  if (Boolean(path) === Boolean(options.seed))
    throw new Error('Name a file, or --seed for the book this release ships.');
  const client = clientOf(place);
  const file = path
    ? await readPriceFile(path, termsOf(options))
    : await readSeed(seedFolder(place), termsOf(options).effectiveAt);
  const everything = options.everything ?? options.seed ?? false;
  if (file.models.length + file.venues.length > 0) {
    const catalog = CatalogPost.encode({ models: file.models, venues: file.venues });
    await askControl(client, { method: 'POST', path: '/api/catalog', body: catalog });
  }
  const change = await propose(client, file, everything, false);
  if (!options.seed || change.differences.length === 0) return showImported(change, file, options.json);
  const approved = await ask(client, {
    method: 'POST',
    path: `/api/prices/changes/${change.id}/approval`,
    body: { waiting: [] },
  });
  if (options.json) return showChange(approved, true);
  print([
    ...describeChange(approved, 0),
    `${approved.accepted.length} rows published in the book ${approved.priceBook}`,
  ]);
}

async function compareFile(place: Place, path: string, options: ImportOptions): Promise<void> {
  const file = await readPriceFile(path, termsOf(options));
  showImported(await propose(clientOf(place), file, options.everything ?? false, true), file, options.json, true);
}

const seedFolder = ({ projectDir }: Place) => join(projectDir, 'prisma/seed/prices');

function termsOf({ format, source, from, venue }: ImportOptions) {
  const at = from === undefined ? new Date() : new Date(from);
  if (Number.isNaN(at.getTime()))
    throw new Error(`--from ${from}: not an instant; write 2026-11-20 or 2026-11-20T06:00:00Z`);
  const renamed = Object.fromEntries(
    venue.map((pair) => {
      const [theirs, ours, ...more] = pair.split('=');
      if (!theirs || !ours || more.length > 0) throw new Error(`--venue ${pair}: write theirs=ours`);
      return [theirs, ours];
    }),
  );
  return { effectiveAt: at.toISOString(), renamed, ...(format && { format }), ...(source && { source }) };
}

async function propose(
  client: ControlClient,
  { post }: PriceFile,
  everything: boolean,
  dryRun: boolean,
): Promise<PriceChange> {
  const body = PriceImportPost.encode({ ...post, everything });
  return ask(client, { method: 'POST', path: `/api/prices/imports?dryRun=${dryRun}`, body });
}

const ask = async (client: ControlClient, request: ControlRequest): Promise<PriceChange> =>
  PriceChange.decode((await askControl(client, request)) as never);

function showChange(change: PriceChange, json?: boolean): void {
  print(json ? [JSON.stringify(PriceChange.encode(change))] : describeChange(change));
}

function showImported(change: PriceChange, { notRead }: PriceFile, json?: boolean, dryRun = false): void {
  if (json) return showChange(change, true);
  const skipped = Object.entries(notRead).map(([field, count]) => `${field} (${count})`);
  const next =
    change.differences.length === 0
      ? 'nothing to approve'
      : dryRun
        ? 'nothing was changed'
        : `waits as ${change.id}: somebody else runs "o10 prices approve ${change.id}"`;
  print([
    ...describeChange(change),
    ...(skipped.length > 0 ? [`not imported, no meter for them: ${skipped.join(', ')}`] : []),
    next,
  ]);
}
