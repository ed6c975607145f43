/** `o10 eval`: suites from the command line; here those that only move files. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { asJson, share } from '../gate/read-option.js';
import type { Place } from '../place.js';
import { addRunCommand } from './run-command.js';
import { addSuiteCommands } from './suite-commands.js';
import { exportSuite, importSuite, readSuite, writeSuite } from './suite-folder.js';

export function addEvalCommands(program: Command, place: Place): void {
  const evals = program.command('eval').description('labelled cases: run them, bring them, take them');
  addRunCommand(evals, place);
  addSuiteCommands(evals, place);
  evals
    .command('import')
    .description('make a suite of a promptfoo configuration, or of lines')
    .argument('<file>', 'promptfooconfig.yaml, or a .jsonl file: {"input": …, "expected": …} or promptfoo’s tests')
    .argument('<suite>', 'folder to write')
    .option('--floor <share>', 'where the file names none', share, 0.9)
    .option('--grader <json>', 'of plain lines, as in o10.yaml', asJson, { kind: 'exact', reference: 'suite' })
    .action(async (file: string, folder: string, terms: { floor: number; grader: unknown }) => {
      const suite = importSuite(file, await readFile(file, 'utf8'), { name: basename(resolve(folder)), ...terms });
      await writeSuite(folder, suite);
      process.stdout.write(`${suite.lines.length} cases, grader ${suite.manifest.grader.kind}, in ${folder}\n`);
    });
  evals
    .command('export')
    .description('print a suite for other tools')
    .argument('<suite>', 'folder')
    .addOption(new Option('--format <format>').choices(['promptfoo', 'jsonl']).default('promptfoo'))
    .action(async (folder: string, { format }: { format: 'promptfoo' | 'jsonl' }) => {
      process.stdout.write(exportSuite(await readSuite(folder), format));
    });
}
