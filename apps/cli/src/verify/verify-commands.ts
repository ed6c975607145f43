/** `o10 verify ledger <dir>` and `o10 verify costs <file>`: files and public keys only. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { spellCostReport, verifyCosts } from './verify-costs.js';
import { progressOn } from './progress.js';
import { type LedgerReport, verifyLedger } from './verify-ledger.js';
import { verifyProof } from './verify-proof.js';

interface LedgerOptions {
  known: string[];
  key: string[];
  archive: string[];
  threads?: number;
  json?: boolean;
}

const several = (value: string, previous: string[]): string[] => [...previous, value];

export function addVerifyCommands(program: Command): void {
  const verify = program.command('verify').description('check what o10 says, without o10');
  addProof(verify);
  verify
    .command('ledger')
    .description('check an exported ledger: signatures, tree, lines, sums')
    .argument('<dir>', 'the exported folder')
    .option('--known <checkpoint>', 'a checkpoint you kept; without one a cut tail cannot be seen', several, [])
    .option('--key <verifier key>', 'trust this key instead of the keys in the folder', several, [])
    .option('--archive <dir>', 'a folder of archived lines', several, [])
    .option('--threads <count>', 'that check lines beside the main one; 0 for little memory', Number)
    .option('--json', 'one JSON object')
    .action(async (dir: string, options: LedgerOptions) => {
      const keptCheckpoints = await Promise.all(options.known.map((file) => readFile(file, 'utf8')));
      const report = await verifyLedger(dir, {
        keptCheckpoints,
        archives: options.archive,
        ...(options.threads === undefined ? {} : { threads: options.threads }),
        progress: progressOn(process.stderr, 'verifying', () => performance.now()),
        ...(options.key.length > 0 ? { keys: options.key } : {}),
      });
      if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else {
        const problems = report.problems.map(
          ({ index, what }) => `  ${index === null ? 'log' : `line ${index}`}: ${what}`,
        );
        const verdict = report.ok ? 'verified' : `${report.problemCount} problems`;
        const trust =
          report.keysFrom === 'reader' ? 'your keys' : 'the keys found in the folder: pass --key to trust your own';
        process.stdout.write(
          [
            `${report.log ?? dir}: ${verdict}, ${report.size} lines, ${report.checkpoints} checkpoints, by ${trust}`,
            ...problems,
            ...notesOf(report),
            '',
          ].join('\n'),
        );
      }
      process.exitCode = report.ok ? 0 : 1;
    });
  verify
    .command('costs')
    .description('check a file of bills: usage as the venues reported it, exact to the pico-dollar')
    .argument('<file>', 'a JSON file of cases')
    .option('--json', 'one JSON object')
    .action(async (file: string, options: { json?: boolean }) => {
      const report = verifyCosts(await readFile(file, 'utf8'));
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : spellCostReport(report));
      process.exitCode = report.ok ? 0 : 1;
    });
}

/** What was not checked, or is worth knowing although nothing is wrong. */
function notesOf(report: LedgerReport): string[] {
  const { envelopesUnchecked, unknown, overruns, columnsCompared, size, statementsCorrectedSince } = report;
  const several = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} (${count})`)
      .join(', ');
  return [
    Object.keys(unknown).length > 0 && `  not understood, kept as they are: ${several(unknown)}`,
    Object.keys(envelopesUnchecked).length > 0 &&
      `  envelopes without a limit to replay: ${several(envelopesUnchecked)}`,
    Object.keys(statementsCorrectedSince).length > 0 &&
      `  statements whose calls later lines correct, which another over their period would take in: ${several(statementsCorrectedSince)}`,
    overruns > 0 && `  ${overruns} attempts cost more than was held for them`,
    columnsCompared < size && `  columns of the database compared for ${columnsCompared} of ${size} lines`,
  ].filter((note) => note !== false);
}

function addProof(verify: Command): void {
  verify
    .command('proof')
    .description('check the proof of one line: from its file and public keys alone')
    .argument('<file>', 'what `o10 ledger prove` wrote')
    .option('--key <verifier key>', 'a key you trust', several, [])
    .option('--keys <file>', 'keys.txt of an export you trust')
    .action(async (file: string, { key, keys }: { key: string[]; keys?: string }) => {
      const fromFile = keys ? (await readFile(keys, 'utf8')).split('\n').filter((line) => line !== '') : [];
      const trusted = [...key, ...fromFile];
      if (trusted.length === 0) throw new Error('Pass --key or --keys: a proof says nothing without a key you trust.');
      const { origin, index, size, entry } = verifyProof(await readFile(file, 'utf8'), trusted);
      const lines = [`${origin}: verified, line ${index} of ${size}`, JSON.stringify(entry, null, 2), ''];
      process.stdout.write(lines.join('\n'));
    });
}
