/** `o10 verify ledger <dir>` and `o10 verify costs <file>`: files and public keys only. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { spellCostReport, verifyCosts } from './verify-costs.js';
import { verifyLedger } from './verify-ledger.js';

interface LedgerOptions {
  known: string[];
  key: string[];
  json?: boolean;
}

const several = (value: string, previous: string[]): string[] => [...previous, value];

export function addVerifyCommands(program: Command): void {
  const verify = program.command('verify').description('check what o10 says, without o10');
  verify
    .command('ledger')
    .description('check an exported ledger: signatures, tree, lines, sums')
    .argument('<dir>', 'the exported folder')
    .option('--known <checkpoint>', 'a checkpoint you kept; without one a cut tail cannot be seen', several, [])
    .option('--key <verifier key>', 'trust this key instead of the keys in the folder', several, [])
    .option('--json', 'one JSON object')
    .action(async (dir: string, options: LedgerOptions) => {
      const keptCheckpoints = await Promise.all(options.known.map((file) => readFile(file, 'utf8')));
      const report = await verifyLedger(dir, {
        keptCheckpoints,
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
