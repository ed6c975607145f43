/**
 * The same on the running product: a candidate clears in shadow, is enforced, becomes worse at its venue, and is taken
 * out. The venues' own counters say who received the calls after that, not o10.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { LedgerLineList } from '#contracts/api/ledger-api.js';
import { Demotion } from '#contracts/enforcement.js';
import { askControl } from '../../apps/cli/src/configure/ask-control.js';
import { DemoView } from '../../apps/cli/src/demo/demo-view.js';
import { snapshotReached, type Stage, withStage } from '../../apps/cli/src/demo/open-stage.js';
import { dialsOf } from '../../apps/cli/src/demo/venue-bill.js';
import { waitFor } from '../../apps/cli/src/demo/wait-for.js';
import { readCliSettings } from '../../apps/cli/src/env.js';
import type { ExperimentPlace } from '../experiment.js';
import { askInOrder } from '../gsm8k-replay/ask-in-order.js';

const [venue, baseline, candidate, useCase] = ['north', 'steady', 'cheap', 'sums'] as const;
const floor = 0.9;
/** Calls in shadow, then healthy ones in enforce, at most so many until the demotion, and after it. */
const calls = { shadow: 100, healthy: 60, dropped: 300, after: 100 };
const accuracyAfter = 0.5;
const keyVariable = 'NORTH_KEY';

/** No two alike: calls that begin alike are one canary. */
const questions = Array.from({ length: calls.shadow + calls.healthy + calls.dropped + calls.after }, (_, place) => {
  const [a, b] = [place + 11, (place * 7) % 90];
  return { id: `sum-${place}`, prompt: `Question ${place}: what is ${a} plus ${b}?`, expected: String(a + b) };
});

const simulator = {
  seed: 'drift',
  venues: [
    {
      id: venue,
      apiKey: 'sk-drift',
      models: [baseline, candidate].map((id) => ({
        id,
        answer: { kind: 'skill', accuracy: 1 },
        prices: { inputPerMillion: priceOf(id), outputPerMillion: priceOf(id) },
      })),
    },
  ],
  knowledge: questions.map(({ prompt, expected }) => ({
    match: prompt,
    answers: { right: expected, wrong: [String(Number(expected) + 1)] },
  })),
};

function priceOf(model: string): string {
  return model === baseline ? '10' : '0.5';
}

async function writeConfiguration(dir: string, simulatorUrl: string): Promise<string> {
  const suite = questions.map(({ prompt, expected }) => JSON.stringify({ input: prompt, expected }));
  await writeFile(join(dir, 'sums.jsonl'), `${suite.join('\n')}\n`);
  const routes = [baseline, candidate].map((model) => `${venue}/${model}`);
  const [from, to] = [routes[0], routes[1]];
  const route = {
    revision: 'r1',
    family: 'sums',
    contextWindow: 8_000,
    maxOutputTokens: 4_096,
    capabilities: ['stream'],
  };
  const price = (model: string) => ({
    validFrom: '2026-01-01T00:00:00Z',
    source: 'north.example',
    usdPerMillion: { input_uncached: priceOf(model), output_text: priceOf(model) },
  });
  const envelope = (purpose: string) => ({
    scope: { kind: 'use_case', useCase },
    ...{ purpose, limit: '100', window: { unit: 'total' } },
  });
  const file = join(dir, 'o10.yaml');
  const declared = {
    apiVersion: 'v1',
    venues: { [venue]: { protocol: 'openai-chat', baseUrl: `${simulatorUrl}/${venue}/v1`, key: `env:${keyVariable}` } },
    routes: Object.fromEntries(routes.map((id) => [id, route])),
    models: { [baseline]: from, [candidate]: to },
    prices: { [String(from)]: [price(baseline)], [String(to)]: [price(candidate)] },
    suites: { [useCase]: 'sums.jsonl' },
    useCases: {
      [useCase]: {
        ...{ team: 'evals', mode: 'shadow', baseline: from, candidates: [to], floor: { absolute: floor } },
        grader: { kind: 'numeric', reference: 'suite' },
        gate: { slots: 1, samplesMin: 60, clustersMin: 30, spanHours: 0 },
        ...{ samplingShare: 1, rampShare: 1, maxOutputTokens: 4_096 },
        canary: { scoredShare: 1, perDayMin: 0, pairedShare: 0 },
      },
    },
    envelopes: { 'sums-live': envelope('live'), 'sums-shadow': envelope('shadow') },
  };
  await writeFile(file, stringify(declared, { aliasDuplicateObjects: false }));
  return file;
}

/** True when the route was taken out after the drop and not before, and received nothing afterwards. */
export async function dropInTheSimulator({ projectDir, distDir }: ExperimentPlace): Promise<boolean> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = readCliSettings();
  const view = new DemoView(process.stdout, false);
  const { result, stop } = await withStage(
    {
      ...{ projectDir, distDir, databaseUrl, redisUrl, view, simulator, writeConfiguration },
      name: 'drift',
      useCases: [{ slug: useCase, team: 'evals' }],
      secrets: { [keyVariable]: 'sk-drift' },
    },
    dropAndWatch,
  );
  await stop();
  return result;
}

async function dropAndWatch(stage: Stage): Promise<boolean> {
  const { stack, keys, room, simulatorUrl, view } = stage;
  let asked = 0;
  const ask = (count: number) => {
    const next = questions.slice(asked, (asked += count));
    return askInOrder({
      proxyUrl: stack.proxyUrl,
      key: keys[useCase] ?? '',
      model: baseline,
      questions: next,
      concurrency: 1,
    });
  };
  view.step(`Shadow until ${candidate} has cleared ${floor}, then enforce`);
  await ask(calls.shadow);
  const word = async () => (await room.verdicts(useCase))[0]?.verdict;
  await waitFor(async () => (await word()) === 'cleared', `${candidate} does not clear`, 60_000);
  const refused = await room.enforce(room.admin, useCase, 'an experiment on simulated venues');
  if (refused !== null) throw new Error(`enforce is refused: ${refused}`);
  await snapshotReached(stage);
  const healthy = await ask(calls.healthy);
  const early = await demotionOf(stage);
  view.step(`${candidate} drops to ${100 * accuracyAfter} % at its venue`);
  await fetch(`${simulatorUrl}/_sim/skill`, {
    method: 'POST',
    body: JSON.stringify({ venue, model: candidate, accuracy: accuracyAfter }),
  });
  const droppedAt = asked;
  while ((await demotionOf(stage)) === null && asked < droppedAt + calls.dropped) await ask(5);
  const demotion = await demotionOf(stage);
  await snapshotReached(stage);
  const before = await dialsOf(simulatorUrl);
  const after = await ask(calls.after);
  const received =
    ((await dialsOf(simulatorUrl))[`${venue}/${candidate}`] ?? 0) - (before[`${venue}/${candidate}`] ?? 0);
  view.say(`while it was as good as proved, served: ${JSON.stringify(healthy.served)}`);
  view.say(
    `demoted after ${demotion?.detector.canaries ?? 'no'} canaries, ${calls.healthy} of them from before the drop`,
  );
  view.say(
    `after the demotion: ${received} of ${calls.after} calls reached it; served: ${JSON.stringify(after.served)}`,
  );
  return (
    early === null &&
    demotion?.candidate === `${venue}/${candidate}` &&
    healthy.served[`${venue}/${candidate}`] === calls.healthy &&
    received === 0 &&
    after.served[`${venue}/${baseline}`] === calls.after
  );
}

async function demotionOf({ room }: Stage): Promise<Demotion | null> {
  const path = '/api/ledger/lines?kind=demotion';
  const { items } = LedgerLineList.parse(await askControl(room.admin, { method: 'GET', path }));
  return items[0] ? Demotion.parse(items[0].entry.body) : null;
}
