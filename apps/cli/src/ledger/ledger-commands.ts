/** `o10 ledger prove`, `o10 ledger export`, `o10 backup`, `o10 restore`; what else there is of the ledger is added from here. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import type { Place } from '../place.js';
import { proveFromExport } from '../verify/prove-from-export.js';
import { backUp, restore } from './back-up.js';
import { proveCall } from './prove-call.js';
import { addArchive } from './archive-commands.js';
import { addPayloads } from './payload-commands.js';
import { addReconcile } from './reconcile-command.js';
import { addReverse } from './reverse-command.js';
import { addRollUps } from './roll-up-commands.js';
import { withDatabase } from './with-database.js';

const several = (value: string, previous: string[]): string[] => [...previous, value];
const say = (text: string) => process.stdout.write(`${text}\n`);

export function addLedgerCommands(program: Command, place: Place): void {
  const ledger = program.command('ledger').description('take the ledger, or the proof of a line, to where o10 is not');
  addProve(ledger, place);
  addExport(ledger, place);
  addArchive(ledger, place);
  addRollUps(ledger, place);
  addPayloads(program, place);
  addReconcile(ledger, place);
  addReverse(ledger, place);
  addBackup(program, place);
  addRestore(program, place);
}

function addProve(ledger: Command, { settings }: Place): void {
  ledger
    .command('prove')
    .description('a self-contained proof that the lines about a call are in the signed ledger')
    .argument('<call id>')
    .option('--from <dir>', 'an exported ledger, instead of a running o10')
    .option('--archive <dir>', 'with --from: a folder of archived lines', several, [])
    .option('--out <file>', 'where to write it; of a call with several lines, numbered from the second on')
    .action(async (callId: string, options: { from?: string; archive: string[]; out?: string }) => {
      const proofs = options.from
        ? proveFromExport(options.from, callId, options.archive)
        : await proveCall(...runningControl(settings), callId);
      if (proofs.length === 0) throw new Error(`No line of ${options.from} is about the call ${callId}.`);
      for (const [at, { index, text }] of proofs.entries()) {
        const file = `${options.out ?? `${callId}.tlog-proof`}${at === 0 ? '' : `.${at + 1}`}`;
        await writeFile(file, text);
        say(`${file}: line ${index}`);
      }
    });
}

function runningControl({ O10_CONTROL_URL: url, O10_TOKEN: token }: Place['settings']): [string, string] {
  if (url && token) return [url, token];
  throw new Error('Set O10_CONTROL_URL and O10_TOKEN, or prove from an export with --from.');
}

function addExport(ledger: Command, place: Place): void {
  ledger
    .command('export')
    .description('write the sealed ledger as files that `o10 verify ledger` checks')
    .argument('<dir>', 'a new directory')
    .option('--organisation <name>', 'whose', 'default')
    .option('--keys <file>', 'the verifier keys to lay beside it; default: those of this installation')
    .action(async (dir: string, { organisation, keys }: { organisation: string; keys?: string }) => {
      const file = keys ?? join(place.projectDir, '.o10', `ledger-signing-key.pem.${organisation}.pub`);
      const verifierKeys = (await readFile(file, 'utf8')).trim().split('\n');
      await withDatabase(place, async (url) => {
        const pool = connectPool(url, 2, organisation);
        try {
          const { size, checkpoints } = await exportLedger(pool, ledgerTree, organisation, dir, verifierKeys);
          say(`${dir}: ${size} lines, ${checkpoints} checkpoints`);
        } finally {
          await pool.end();
        }
      });
    });
}

/** With one's own DATABASE_URL the secrets are wherever one keeps them. */
const installationOf = ({ projectDir, settings }: Place) => (settings.DATABASE_URL ? null : join(projectDir, '.o10'));

function addBackup(program: Command, place: Place): void {
  program
    .command('backup')
    .description('copy database, secrets and signing key, all of one instant, while o10 runs')
    .argument('<dir>', 'a new directory; it will hold secrets')
    .action(async (dir: string) => {
      const manifest = await withDatabase(place, (url) => backUp(url, installationOf(place), dir, Date.now()));
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      say(`${dir}: ${manifest.tables.length} tables, ${rows} rows`);
      for (const { log, size } of manifest.checkpoints) say(`ledger ${log}: sealed at ${size} lines`);
    });
}

function addRestore(program: Command, place: Place): void {
  program
    .command('restore')
    .description('fill an empty database from a backup; then start o10 and verify an export')
    .argument('<dir>', 'what `o10 backup` wrote')
    .action(async (dir: string) => {
      const migrations = join(place.projectDir, 'prisma/migrations');
      const manifest = await withDatabase(place, (url) =>
        restore(url, installationOf(place), dir, migrations, Date.now()),
      );
      say(`restored what was there at ${manifest.takenAt}`);
      for (const { log, size } of manifest.checkpoints) say(`ledger ${log}: sealed at ${size} lines`);
    });
}
