/** `o10 ledger rollups`: what the ledger sums to, by use case and day; the check and the repair of those sums. */
import type { Command } from 'commander';
import { RollUpRow } from '#contracts/roll-up.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { RollUp } from '#domain/ledger/roll-up.js';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { connectPool } from '#postgres/connect-pool.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { type RollUpCheck, RollUpStore } from '#postgres/ledger/roll-up.store.js';
import type { Place } from '../place.js';
import { table } from '../table.js';
import { withDatabase } from './with-database.js';

interface Options {
  from: string;
  to: string;
  organisation: string;
  check?: boolean;
  rebuild?: boolean;
  json?: boolean;
}

const say = (lines: string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

export function addRollUps(ledger: Command, place: Place): void {
  ledger
    .command('rollups')
    .description('what the lines sum to, by day, use case, route and key')
    .option('--from <day>', 'first day, UTC', '0001-01-01')
    .option('--to <day>', 'last day, UTC', '9999-12-31')
    .option('--organisation <name>', 'whose', 'default')
    .option('--check', 'make the sums again from the lines and compare')
    .option('--rebuild', 'drop the sums and make them again from the lines')
    .option('--json', 'one JSON object')
    .action((options: Options) =>
      withDatabase(place, async (url) => {
        const pool = connectPool(url, 2, options.organisation);
        try {
          const store = new RollUpStore(pool, options.organisation, new LedgerStore(pool, ledgerTree));
          await run(store, options);
        } finally {
          await pool.end();
        }
      }),
    );
}

async function run(store: RollUpStore, options: Options): Promise<void> {
  if (options.rebuild) say([`made again from ${await store.rebuild()} lines`]);
  if (options.check) return tell(await store.check(), options.json === true);
  await store.grow();
  const { rows, checksums } = await store.read({ fromDay: options.from, toDay: options.to });
  if (options.json)
    return say([
      JSON.stringify({ items: rows.map((row) => RollUpRow.encode(row)), checksums: Object.fromEntries(checksums) }),
    ]);
  const cells = rows.map(({ day, useCase, route, key, calls, costPicoUsd, evaluationCostPicoUsd, ...rest }) => [
    ...[day, useCase, route ?? '–', key ?? '–', String(calls), `${decimalUsd(costPicoUsd)} USD`],
    ...[`${decimalUsd(evaluationCostPicoUsd)} USD`, String(rest.estimated + rest.unpriced)],
  ]);
  const head = ['day', 'use case', 'route', 'key', 'calls', 'cost', 'evaluation', 'not exact'];
  say([...table(head, cells), '', ...sumLines(rows)]);
}

function sumLines(rows: RollUpRow[]): string[] {
  const totals = Object.entries(new RollUp(rows).totals());
  return totals.map(
    ([useCase, { calls, costPicoUsd }]) => `${useCase}: ${calls} calls, ${decimalUsd(BigInt(costPicoUsd))} USD`,
  );
}

function tell(check: RollUpCheck, json: boolean): void {
  const { lines, same, different, fromDay } = check;
  if (json) say([JSON.stringify(check)]);
  else
    say([
      `${same} days have the sums and the checksums that ${lines} lines give`,
      ...(fromDay === null ? [] : [`  days before ${fromDay} have archived lines, and were not looked at`]),
      ...different.map(({ day, what }) => `  ${day}: ${what}`),
      ...(different.length > 0 ? ['  "o10 ledger rollups --rebuild" makes them again'] : []),
    ]);
  process.exitCode = different.length === 0 ? 0 : 1;
}
