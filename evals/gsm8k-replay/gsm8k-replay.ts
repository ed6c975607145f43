/**
 * 1,319 real requests with the recorded answers of seven routes, through the running product: accuracy, verdicts and the
 * positions of the first crossing must be those that others published or computed, and the books must close to the pico-USD.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { DemoView } from '../../apps/cli/src/demo/demo-view.js';
import { type Stage, withStage } from '../../apps/cli/src/demo/open-stage.js';
import { readCliSettings } from '../../apps/cli/src/env.js';
import type { Experiment, ExperimentPlace } from '../experiment.js';
import { type Accuracy, checkAccuracy } from './check-accuracy.js';
import { type Books, checkBooks } from './check-books.js';
import { type Decision, checkVerdicts } from './check-verdicts.js';
import { Checks } from './checks.js';
import { type Enforced, enforceRecorded } from './enforce-recorded.js';
import { type Recorded, RecordedMissing, readRecorded } from './read-recorded.js';
import { writeRecordedConfiguration } from './recorded-configuration.js';
import { recordedSimulator, venueKey, venueKeyVariable } from './recorded-simulator.js';
import { absoluteFloor, allModels, overridesInWords, routeOf, terms, useCases, venues } from './recorded-world.js';
import { replayInShadow } from './replay-in-shadow.js';

export const gsm8kReplay: Experiment = {
  name: 'gsm8k-replay',
  about: '1,319 recorded requests through the running product, against published results [--json] [--data <dir>]',
  run: replay,
};

interface Outcome {
  accuracy: Accuracy[];
  decisions: Decision[];
  enforced: Enforced[];
  books: Books;
}

async function replay({ projectDir, distDir, args }: ExperimentPlace): Promise<number> {
  const options = optionsOf(args, projectDir);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return 2;
  }
  const recorded = recordedIn(options.data);
  if (!recorded) return 3;
  const view = new DemoView(options.json ? process.stderr : process.stdout, options.json);
  const checks = new Checks((line) => view.say(line));
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = readCliSettings();
  const startedMs = Date.now();
  const { result, stop } = await withStage(
    {
      ...{ projectDir, distDir, databaseUrl, redisUrl, useCases, view },
      name: 'gsm8k_replay',
      simulator: recordedSimulator(recorded.folder),
      writeConfiguration: (dir, url) => writeRecordedConfiguration(dir, url, recorded.questions),
      secrets: Object.fromEntries(venues.map((id) => [venueKeyVariable(id), venueKey(id)])),
    },
    (stage) => prove(stage, recorded, checks),
  );
  await stop();
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  view.step(`${checks.all.length - checks.mismatches} checks ok, ${checks.mismatches} MISMATCH, ${seconds} s`);
  if (options.json)
    process.stdout.write(`${jsonOf({ ...result, checks: checks.all, mismatches: checks.mismatches, seconds })}\n`);
  return checks.mismatches === 0 ? 0 : 1;
}

async function prove(stage: Stage, recorded: Recorded, checks: Checks): Promise<Outcome> {
  const { view } = stage;
  view.say(
    `declared: absolute floor ${absoluteFloor}, δ ${[...new Set(useCases.map(({ margin }) => margin))].join(' and ')}, K = ${terms.slots} slots at α = ${terms.alpha}`,
  );
  for (const words of overridesInWords()) view.say(`override: ${words}`);
  for (const model of allModels)
    view.say(
      `price: ${routeOf(model)} ${model.inputUsdPerMillion} / ${model.outputUsdPerMillion} USD per million (${model.source})`,
    );
  const { asked, evidence } = await replayInShadow(stage, recorded.questions);
  for (const { slug, baseline } of useCases)
    checks.equal(`${slug}: served by`, asked[slug]?.served, { [routeOf(baseline)]: recorded.questions.length });
  view.step('Accuracy per model, against the published table');
  const accuracy = checkAccuracy(evidence, recorded, checks, (line) => view.say(line));
  view.step('Verdicts and first crossings, against the published rows');
  const decisions = await checkVerdicts(stage, evidence, recorded, checks);
  const enforced = await enforceRecorded(stage, recorded.questions, checks);
  const books = await checkBooks(stage, recorded.questions.length, checks);
  view.say(
    `${books.calls} calls, ${books.replays} replays, ${books.lines} ledger lines, ${decimalUsd(books.ledgerPicoUsd)} USD`,
  );
  return { accuracy, decisions, enforced, books };
}

/** What is wrong with the arguments, when something is. */
function optionsOf(args: string[], projectDir: string): { json: boolean; data: string } | string {
  try {
    const { values } = parseArgs({ args, options: { json: { type: 'boolean' }, data: { type: 'string' } } });
    return { json: values.json ?? false, data: resolve(values.data ?? resolve(projectDir, '../shared/data')) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function recordedIn(data: string): Recorded | null {
  try {
    return readRecorded(data);
  } catch (error) {
    if (!(error instanceof RecordedMissing)) throw error;
    process.stderr.write(
      `\nNOTHING WAS RUN: the recorded requests and answers are not here: ${error.message}\n` +
        'Name the folder that holds traffic/gsm8k and gate: npm run evals -- gsm8k-replay --data <dir>\n\n',
    );
    return null;
  }
}

const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
