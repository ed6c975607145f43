/** `o10 gate check | show | explain` and `o10 why`: what the gate says, and what it says it from. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';
import { checkedJson, checkScores, describeChart, describeChecked, detailedJson } from './check-scores.js';
import { describeExplained, explainVerdict } from './explain-verdict.js';
import { share, whole } from './read-option.js';
import { BadScores, readScores } from './read-scores.js';
import { describeGates, readGates } from './show-gates.js';
import { describeWhy, whyCall } from './why-call.js';

interface CheckOptions {
  floor?: number;
  noninferior?: number;
  regressions?: number;
  slots: number;
  alpha: number;
  chart?: boolean;
  detail?: boolean;
  json?: boolean;
}

const print = (lines: readonly string[]) => void process.stdout.write(`${lines.join('\n')}\n`);
const printJson = (value: unknown) => void process.stdout.write(`${JSON.stringify(value)}\n`);

export function addGateCommands(program: Command, place: Place): void {
  const gate = program.command('gate').description('what the gate says, and what it says it from');
  addCheck(gate);
  gate
    .command('show')
    .description('how far the evidence of each candidate has come')
    .argument('[use case]', 'its slug; all of them without')
    .option('--json', 'one JSON object')
    .action(async (useCase: string | undefined, { json }: { json?: boolean }) => {
      const gates = await readGates(clientOf(place), useCase ?? null);
      if (json) printJson(gates);
      else print(describeGates(gates));
    });
  gate
    .command('explain')
    .description('say a verdict again from what the ledger holds of it')
    .argument('<verdict id>')
    .option('--json', 'one JSON object')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const explained = await explainVerdict(clientOf(place), id);
      if (json) printJson(explained);
      else print(describeExplained(explained));
      process.exitCode = explained.agrees ? 0 : 1;
    });
  program
    .command('why')
    .description('every route considered for a call, why each was not taken, and the evidence behind the one that was')
    .argument('<call id>')
    .option('--json', 'one JSON object')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const why = await whyCall(clientOf(place), id);
      if (json) printJson(why);
      else print(describeWhy(why));
    });
}

function addCheck(gate: Command): void {
  gate
    .command('check')
    .description(
      'judge a file of scores, one JSON object a line: {"candidate": 0..1, "baseline": 0..1} or {"score": 0..1}',
    )
    .argument('<scores.jsonl>')
    .option('--floor <score>', 'the mean score to reach', share)
    .option('--noninferior <margin>', 'how much worse than the baseline it may be at most', share)
    .option('--regressions <share>', 'at most this share of calls worse by half a point or more', share)
    .option('--slots <count>', 'candidates and retries that share the error probability', whole, 1)
    .option('--alpha <probability>', 'error probability, of all slots together', share, 0.05)
    .option('--chart', 'also draw quality over the calls')
    .option('--json', 'one JSON object: verdict, firstClear, firstFail, n, lower, upper')
    .option('--detail', 'with --json: every criterion too')
    .action(async (file: string, options: CheckOptions) => {
      const { floor: absolute, noninferior, regressions, slots, alpha } = options;
      const floor = {
        ...(absolute !== undefined && { absolute }),
        ...(noninferior !== undefined && { nonInferiorMargin: noninferior }),
        ...(regressions !== undefined && { regressionShareMax: regressions }),
      };
      if (Object.keys(floor).length === 0)
        throw new Error('Say what to check: --floor, --noninferior or --regressions.');
      const lines = readOrRefuse(
        file,
        await readFile(file, 'utf8'),
        noninferior !== undefined || regressions !== undefined,
      );
      const checked = checkScores(lines, floor, { alpha, slots });
      if (options.json) printJson(options.detail ? detailedJson(checked) : checkedJson(checked));
      else print([...describeChecked(checked), ...(options.chart ? describeChart(lines, checked) : [])]);
    });
}

function readOrRefuse(file: string, text: string, paired: boolean) {
  try {
    return readScores(text, paired);
  } catch (error) {
    if (error instanceof BadScores) throw new Error(`${file} is refused:\n${error.message}`, { cause: error });
    throw error;
  }
}
