/** `o10 eval`: suites from the command line; here those that only move files. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { share } from '../gate/read-option.js';
import type { Place } from '../place.js';
import { addRunCommand } from './run-command.js';
import { addSuiteCommands } from './suite-commands.js';
import { exportSuite, importPromptfoo, readSuite, writeSuite } from './suite-folder.js';

export function addEvalCommands(program: Command, place: Place): void {
  const evals = program.command('eval').description('labelled cases: run them, bring them, take them');
  addRunCommand(evals, place);
  addSuiteCommands(evals, place);
  evals
    .command('import')
    .description('make a suite of a promptfoo configuration')
    .argument('<file>', 'promptfooconfig.yaml')
    .argument('<suite>', 'folder to write')
    .option('--floor <share>', 'where the file names none', share, 0.9)
    .action(async (file: string, folder: string, { floor }: { floor: number }) => {
      const suite = importPromptfoo(await readFile(file, 'utf8'), basename(resolve(folder)), floor);
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
