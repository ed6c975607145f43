/** `o10 eval run`, `import`, `export`: suites from the command line. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { GateTerms } from '#contracts/use-case.js';
import { ScriptSandbox } from '#runtime/sandbox/script-sandbox.js';
import type { GradeFinding, GradeNeed } from '#domain/gate/graders/grade.js';
import type { Place } from '../place.js';
import { type AskedPlace, askRoute, embedTexts } from './ask-route.js';
import { runSuite, type SuiteResult } from './run-suite.js';
import { SuiteReplayWanted, SuiteSampleList, SuiteUploaded } from '#contracts/api/suite-api.js';
import { writeSuiteLines } from '#domain/suite/suite-lines.js';
import { askControl, type ControlRequest } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import { columns } from '../gate/draw-text.js';
import { exportSuite, importPromptfoo, readSuite, writeSuite } from './suite-folder.js';

interface RunOptions {
  route: string;
  baseline?: string;
  url?: string;
  key?: string;
  out?: string;
  slots: number;
  alpha: number;
  concurrency: number;
  maxTokens: number;
  timeout: number;
  json?: boolean;
}

export function addEvalCommands(program: Command, place: Place): void {
  const { settings } = place;
  const evals = program.command('eval').description('labelled cases: run them, bring them, take them');
  addSuiteCommands(evals, place);
  evals
    .command('run')
    .description('ask a route every case of a suite and judge the scores as the gate does')
    .argument('<suite>', 'folder with suite.json and cases.jsonl')
    .requiredOption('--route <route>', 'the model to ask for: a route, an alias, or a venue’s own name')
    .option('--baseline <route>', 'asked the same cases, for paired scores')
    .option('--url <url>', 'of the proxy or a venue, up to /v1', settings.O10_PROXY_URL)
    .option('--key <key>', 'for that address', settings.O10_KEY)
    .option('--out <file>', 'write one line of scores per case, for "o10 gate check"')
    .option('--slots <count>', 'attempts the error probability is shared among', whole, 1)
    .option('--alpha <share>', 'error probability', share, 0.05)
    .option('--concurrency <count>', 'cases at once', whole, 4)
    .option('--max-tokens <count>', 'of an answer', whole, 1_024)
    .option('--timeout <seconds>', 'for one answer', whole, 60)
    .option('--json', 'one JSON object')
    .action(run);
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

/** What feeds evidence goes through the worker: scores somebody brings along are a claim, and a replay is a line. */
function addSuiteCommands(evals: Command, place: Place): void {
  const ask = (method: 'GET' | 'POST' | 'PUT', path: string, also: Pick<ControlRequest, 'body' | 'raw'> = {}) =>
    askControl(clientOf(place), { method, path: `/api/suites/${path}`, ...also });
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  evals
    .command('upload')
    .description('make a folder the suite of a use case; its inputs are kept sealed, for the weekly replay')
    .argument('<suite>', 'folder with suite.json and cases.jsonl')
    .argument('<use case>', 'its slug')
    .action(async (folder: string, useCase: string) => {
      const { manifest, lines } = await readSuite(folder);
      const withSystem = lines.map((line) => ({
        ...(manifest.system !== null && { system: manifest.system }),
        ...line,
      }));
      const uploaded = SuiteUploaded.parse(
        await ask('PUT', useCase, {
          raw: { text: writeSuiteLines(withSystem), type: 'application/jsonl' },
        }),
      );
      say(`${uploaded.caseCount} cases, ${uploaded.changed ? 'another gate: its evidence starts anew' : 'unchanged'}`);
    });
  evals
    .command('replay')
    .description('have the worker ask the candidates the suite now, into the same evidence as every week')
    .argument('<use case>', 'its slug')
    .action(async (useCase: string) => {
      const { cases } = SuiteReplayWanted.parse(await ask('POST', `${useCase}/replay`, { body: {} }));
      say(`as many cases as the suite has are drawn of its ${cases}; "o10 gate show ${useCase}" follows them`);
    });
  evals
    .command('samples')
    .description('sampled calls that may become cases')
    .argument('<use case>', 'its slug')
    .option('--json', 'one JSON object')
    .action(async (useCase: string, { json }: { json?: boolean }) => {
      const answer = await ask('GET', `${useCase}/samples`);
      const brief = (text: string) => text.replace(/\s+/gu, ' ').slice(0, 60);
      const rows = SuiteSampleList.parse(answer).items.map((one) => [one.callId, brief(one.input), brief(one.answer)]);
      if (json) say(JSON.stringify(answer));
      else say(columns([['call', 'asked', 'answered'], ...rows]).join('\n'));
    });
  evals
    .command('accept')
    .description('make sampled calls cases of the suite: another version, and another gate')
    .argument('<use case>', 'its slug')
    .argument('<calls...>', 'ids, as "eval samples" prints them')
    .option('--expected <json>', 'of one call: what a right answer is; without it, what was answered')
    .action(async (useCase: string, calls: string[], { expected }: { expected?: string }) => {
      if (expected !== undefined && calls.length > 1) throw new Error('--expected is of one call.');
      const samples = calls.map((callId) => ({
        callId,
        ...(expected !== undefined && { expected: JSON.parse(expected) }),
      }));
      const uploaded = SuiteUploaded.parse(await ask('POST', `${useCase}/samples`, { body: { samples } }));
      say(`${uploaded.caseCount} cases; evidence starts anew under another gate`);
    });
}

async function run(folder: string, options: RunOptions): Promise<void> {
  const { manifest, lines } = await readSuite(folder);
  if (!options.url) throw new Error('Name an address with --url, or set O10_PROXY_URL; "o10 up" prints it.');
  const place: AskedPlace = { baseUrl: options.url, key: options.key ?? null, timeoutMs: options.timeout * 1_000 };
  const sandbox = new ScriptSandbox();
  const { route, baseline = null, concurrency, alpha, slots } = options;
  const asked = { system: manifest.system, maxOutputTokens: options.maxTokens, tools: manifest.tools };
  try {
    const result = await runSuite(
      {
        manifest,
        lines,
        route,
        baseline,
        concurrency,
        terms: GateTerms.parse({ alpha, slots, samplesMin: 1, clustersMin: 1, spanHours: 0 }),
      },
      {
        ask: (model, user) => askRoute(place, { ...asked, model, user }),
        tell: (need) => tell(need, place, sandbox),
        nowMs: Date.now,
        onCase: () => undefined,
      },
    );
    if (options.out !== undefined)
      await writeFile(options.out, result.cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : described(result));
    process.exitCode = result.finding.verdict === 'failed' ? 1 : 0;
  } finally {
    await sandbox.close();
  }
}

/** What a grader needs from outside: the sandbox here, models at the same address as the route. */
async function tell(need: GradeNeed, place: AskedPlace, sandbox: ScriptSandbox): Promise<GradeFinding> {
  if (need.kind === 'run') return { kind: 'run', passed: (await sandbox.run(need)).passed };
  if (need.kind === 'embed') {
    const vectors = await embedTexts(place, need.route, need.texts);
    return 'fault' in vectors ? { kind: 'missing', reason: vectors.fault } : { kind: 'embed', vectors };
  }
  const { route: model, system, user, maxOutputTokens } = need;
  const { text, fault } = await askRoute(place, { model, system, user, maxOutputTokens });
  return text === null ? { kind: 'missing', reason: fault ?? 'no answer' } : { kind: 'ask', text };
}

function described(result: SuiteResult): string {
  const { finding, cases, ungradable } = result;
  const missing = cases.filter((one) => one.missing !== undefined).length;
  const versus = result.baselineMean === null ? '' : `, baseline ${shown(result.baselineMean)}`;
  const criteria = finding.criteria.map(
    ({ kind, lower, upper }) => `  ${kind}: ${shown(lower)} to ${shown(upper)}, whenever one looks`,
  );
  return [
    `${result.suite} v${result.version} (${result.hash.slice(0, 12)}) on ${result.route}: ${finding.verdict} at floor ${finding.floor.absolute}`,
    `  ${cases.length} cases, mean ${shown(result.mean)}${versus}; ${missing} without an answer, ${ungradable.length} not gradable`,
    ...criteria,
    '',
  ].join('\n');
}

const shown = (score: number): string => score.toFixed(3);

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('must lie between 0 and 1.');
  return value;
}
