/** `o10 ledger archive` and `o10 ledger restore`: a month's lines to files and back, by the owner of the database. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { archiveMonth } from '#postgres/archive/archive-month.js';
import { restoreMonth } from '#postgres/archive/restore-month.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { newId } from '#runtime/new-id.js';
import type { Place } from '../place.js';
import { progressOn } from '../verify/progress.js';
import { withDatabase } from './with-database.js';

const say = (text: string) => process.stdout.write(`${text}\n`);

export function addArchive(ledger: Command, place: Place): void {
  const asOwner = <T>(work: (pool: Pool) => Promise<T>) =>
    withDatabase(place, async (url) => {
      const pool = connectPool(url, 2);
      try {
        return await work(pool);
      } finally {
        await pool.end();
      }
    });
  ledger
    .command('archive')
    .description('move the oldest month from the database into files; hashes and checkpoints stay')
    .argument('<month>', 'as 2026-10; it must be over, and under a checkpoint')
    .argument('<dir>', 'a new directory; one folder a log')
    .option('--by <name>', 'who asks; it stands in the ledger', 'root')
    .action(async (month: string, dir: string, { by: actor }: { by: string }) => {
      const progress = progressOn(process.stderr, 'archiving', () => performance.now());
      const parts = { newId: () => newId(Date.now()), nowMs: Date.now, actor, progress };
      const archives = await asOwner((pool) => archiveMonth({ ...parts, pool }, month, dir));
      for (const { log, fromIndex, toIndex } of archives)
        say(`${join(dir, log)}: lines ${fromIndex} to ${toIndex} of ${log}; verify an export with --archive on it`);
      if (archives.length === 0) say(`no line was recorded in ${month}`);
    });
  ledger
    .command('restore')
    .description('bring the lines of an archive back into the database')
    .argument('<dir>', 'the folder of one log')
    .action(async (dir: string) => {
      const { log, month, fromIndex, toIndex } = await asOwner((pool) => restoreMonth(pool, dir));
      say(`lines ${fromIndex} to ${toIndex} of ${log}, recorded in ${month}, are back`);
    });
}
