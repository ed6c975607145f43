/**
 * `o10 eval run`. Of an installation it is a pass of the worker's, and evidence; at an address it is a try, whose scores are
 * a claim of whoever ran it (docs/decisions/0008).
 */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { GateTerms } from '#contracts/use-case.js';
import { lookAtPictures } from '#runtime/pictures/look-at-pictures.js';
import { measureRag } from '#runtime/rag/measure-rag.js';
import { ScriptSandbox } from '#runtime/sandbox/script-sandbox.js';
import { partsOf } from '#domain/gate/graders/check-grader.js';
import type { GradeFinding, GradeNeed } from '#domain/gate/graders/grade.js';
import { offerOf } from '#domain/suite/suite-hash.js';
import { clientOf } from '../configure/configure-commands.js';
import { share, whole } from '../gate/read-option.js';
import type { Place } from '../place.js';
import { progressOn } from '../verify/progress.js';
import { type AskedPlace, askPicture, askRaw, askRoute, embedTexts } from './ask-route.js';
import { describeReplay, replaySuite } from './replay-suite.js';
import { runSuite, type SuiteResult } from './run-suite.js';
import { linesToUpload, readSuite, type SuiteFiles } from './suite-folder.js';

interface RunOptions {
  useCase?: string;
  route?: string;
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

export function addRunCommand(evals: Command, place: Place): void {
  const { O10_CONTROL_URL, O10_PROXY_URL, O10_KEY } = place.settings;
  evals
    .command('run')
    .description(
      'have the candidates asked a suite as evidence; with --url, try a route on it and judge as the gate does',
    )
    .argument('<suite>', 'folder with suite.json and cases.jsonl')
    .option('--use-case <slug>', 'whose suite it is; without it, the suite’s name')
    .option('--url <url>', 'of a proxy or a venue, up to /v1: a try that is no evidence')
    .option('--route <route>', 'with --url: the model to ask for, a route, an alias, or a venue’s own name')
    .option('--baseline <route>', 'with --url: asked the same cases, for paired scores')
    .option('--key <key>', 'for that address', O10_KEY)
    .option('--out <file>', 'with --url: write one line of scores per case, for "o10 gate check"')
    .option('--slots <count>', 'with --url: attempts the error probability is shared among', whole, 1)
    .option('--alpha <share>', 'with --url: error probability', share, 0.05)
    .option('--concurrency <count>', 'with --url: cases at once', whole, 4)
    .option('--max-tokens <count>', 'with --url: of an answer', whole, 1_024)
    .option('--timeout <seconds>', 'with --url: for one answer', whole, 60)
    .option('--json', 'one JSON object')
    .action(async (folder: string, options: RunOptions) => {
      const suite = await readSuite(folder);
      const url = options.url ?? (O10_CONTROL_URL === undefined ? O10_PROXY_URL : undefined);
      if (url !== undefined) return tryRoute(suite, { ...options, url });
      if (O10_CONTROL_URL === undefined)
        throw new Error('Name an address with --url, or set O10_CONTROL_URL and O10_TOKEN; "o10 up" prints them.');
      if (options.route !== undefined)
        throw new Error('--route goes with --url: as evidence, every candidate of the use case is asked.');
      return addToEvidence(suite, place, options);
    });
}

async function addToEvidence(suite: SuiteFiles, place: Place, { useCase, json }: RunOptions): Promise<void> {
  const progress = progressOn(process.stderr, 'cases', Date.now);
  const replay = await replaySuite(clientOf(place), suite, useCase ?? suite.manifest.name, progress);
  process.stdout.write(json ? `${JSON.stringify(replay)}\n` : `${describeReplay(replay).join('\n')}\n`);
  process.exitCode = replay.evidence.some(({ word }) => word === 'failed') ? 1 : 0;
}

async function tryRoute({ manifest, lines }: SuiteFiles, options: RunOptions & { url: string }): Promise<void> {
  const { route, baseline = null, concurrency, alpha, slots } = options;
  if (route === undefined) throw new Error('Name what to ask at that address with --route.');
  const place: AskedPlace = { baseUrl: options.url, key: options.key ?? null, timeoutMs: options.timeout * 1_000 };
  const sandbox = new ScriptSandbox();
  const askOne = partsOf(manifest.grader).some(({ kind }) => kind === 'image') ? askPicture : askRoute;
  const progress = progressOn(process.stderr, 'cases', Date.now);
  let done = 0;
  try {
    const result = await runSuite(
      {
        manifest,
        lines: linesToUpload({ manifest, lines }),
        route,
        baseline,
        concurrency,
        terms: GateTerms.parse({ alpha, slots, samplesMin: 1, clustersMin: 1, spanHours: 0 }),
      },
      {
        ask: (model, { input, system = null, ...line }) =>
          askOne(place, { model, user: input, system, ...offerOf(line), maxOutputTokens: options.maxTokens }),
        tell: (need) => tell(need, place, sandbox),
        nowMs: Date.now,
        onCase: () => progress(++done, lines.length),
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
  if (need.kind === 'look') return { kind: 'look', ...(await lookAtPictures(need.pictures)) };
  if (need.kind === 'embed') {
    const vectors = await embedTexts(place, need.route, need.texts);
    return 'fault' in vectors ? { kind: 'missing', reason: vectors.fault } : { kind: 'embed', vectors };
  }
  if (need.kind === 'rag') {
    const { route, embeddings } = need;
    const measured = await measureRag(need, {
      chat: (request) => askRaw(place, { ...request, model: route }),
      embed: async (texts) => {
        const vectors = embeddings === null ? null : await embedTexts(place, embeddings, texts);
        return vectors && 'fault' in vectors ? null : vectors;
      },
    });
    return 'score' in measured ? { kind: 'rag', score: measured.score } : { kind: 'missing', reason: measured.missing };
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
    '  a try: what counts as evidence is what the worker asks, without --url',
    '',
  ].join('\n');
}

const shown = (score: number): string => score.toFixed(3);
