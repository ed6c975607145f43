/** o10's side: o10.yaml and the suites of the replay, written into the stage's folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RecordedQuestion } from './read-recorded.js';
import { venueKeyVariable } from './recorded-simulator.js';
import {
  absoluteFloor,
  allModels,
  maxOutputTokens,
  canary,
  rampShare,
  type RecordedModel,
  type RecordedUseCase,
  routeOf,
  samplingShare,
  shadowLimitUsd,
  terms,
  useCases,
  venues,
} from './recorded-world.js';

const suite = 'gsm8k.jsonl';
/** Accounts in shadow, refuses in enforce: far above what the replay costs. */
const liveLimitUsd = '100';

/** Returns the path of o10.yaml. Every use case asks the same questions, so one file is the suite of all. */
export async function writeRecordedConfiguration(
  dir: string,
  simulatorUrl: string,
  questions: RecordedQuestion[],
): Promise<string> {
  await mkdir(dir, { recursive: true });
  const cases = questions.map(({ prompt, expected }) => JSON.stringify({ input: prompt, expected }));
  await writeFile(join(dir, suite), `${cases.join('\n')}\n`);
  const file = join(dir, 'o10.yaml');
  await writeFile(file, stringify(configuration(simulatorUrl), { aliasDuplicateObjects: false }));
  return file;
}

const configuration = (simulatorUrl: string): unknown => ({
  apiVersion: 'v1',
  venues: Object.fromEntries(venues.map((id) => [id, venueOf(id, simulatorUrl)])),
  routes: Object.fromEntries(allModels.map((model) => [routeOf(model), routeRowOf(model)])),
  models: Object.fromEntries(allModels.map((model) => [model.model, routeOf(model)])),
  prices: Object.fromEntries(allModels.map((model) => [routeOf(model), [priceOf(model)]])),
  suites: Object.fromEntries(useCases.map(({ slug }) => [slug, suite])),
  useCases: Object.fromEntries(useCases.map((useCase) => [useCase.slug, useCaseOf(useCase)])),
  envelopes: Object.fromEntries(
    useCases.flatMap(({ slug }) => [
      [`${slug}-live`, envelopeOf(slug, 'live', liveLimitUsd)],
      [`${slug}-shadow`, envelopeOf(slug, 'shadow', shadowLimitUsd)],
    ]),
  ),
});

const venueOf = (id: string, simulatorUrl: string) => ({
  protocol: 'openai-chat',
  baseUrl: `${simulatorUrl}/${id}/v1`,
  key: `env:${venueKeyVariable(id)}`,
  jurisdiction: 'us',
  retention: 'metadata_only',
  abortStopsBilling: true,
});

const routeRowOf = ({ file, family, contextWindow }: RecordedModel) => ({
  revision: file,
  family,
  contextWindow,
  maxOutputTokens,
  capabilities: ['stream'],
});

const priceOf = ({ source, inputUsdPerMillion, outputUsdPerMillion }: RecordedModel) => ({
  validFrom: '2024-12-01T00:00:00Z',
  source,
  usdPerMillion: { input_uncached: inputUsdPerMillion, output_text: outputUsdPerMillion },
});

const useCaseOf = ({ team, baseline, candidates, margin }: RecordedUseCase) => ({
  team,
  mode: 'shadow',
  baseline: routeOf(baseline),
  candidates: candidates.map(routeOf),
  grader: { kind: 'numeric', reference: 'suite' },
  floor: { absolute: absoluteFloor, nonInferiorMargin: margin },
  gate: terms,
  samplingShare,
  canary,
  rampShare,
  maxOutputTokens,
});

const envelopeOf = (useCase: string, purpose: 'live' | 'shadow', limit: string) => ({
  scope: { kind: 'use_case', useCase },
  purpose,
  limit,
  window: { unit: 'total' },
});
