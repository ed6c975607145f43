import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desiredState, placeOf } from './desired-state.js';
import { differenceOf } from './difference-of.js';
import { exampleSuite, exampleYaml } from './o10-example.spec-data.js';
import { ConfigurationInvalid, type ConfigurationProblem, readConfiguration } from './read-configuration.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'o10-configuration-'));
  await writeFile(join(folder, 'triage.jsonl'), exampleSuite);
});
afterAll(() => rm(folder, { recursive: true }));

const env = { NORTH_KEY: 'sk-north' };

async function read(yaml: string) {
  const file = join(folder, 'o10.yaml');
  await writeFile(file, yaml);
  return readConfiguration(file, env);
}

async function problemsOf(yaml: string): Promise<ConfigurationProblem[]> {
  const refused = await read(yaml).catch((error: unknown) => error);
  if (refused instanceof ConfigurationInvalid) return refused.problems;
  throw new Error(`was read: ${String(refused)}`);
}

const lineOf = (text: string) => exampleYaml.split('\n').findIndex((line) => line.includes(text)) + 1;

test('a whole file is read, with its secrets and suites', async () => {
  const { configuration, secrets, suites } = await read(exampleYaml);
  expect(Object.keys(configuration.routes)).toEqual(['north/large', 'north/large:flex', 'fjord/meta/small:v2']);
  expect(secrets).toEqual({ north: 'sk-north' });
  expect(suites).toEqual({ triage: exampleSuite });
});

test('dollars per million become whole pico-dollars per unit', async () => {
  const { prices } = desiredState(await read(exampleYaml));
  expect(prices.map((row) => `${row.venue} ${row.model} ${row.meter} ${row.ratePicoUsd}`)).toEqual([
    'fjord meta/small:v2 input_uncached 50000',
    'fjord meta/small:v2 output_text 80000',
    'fjord meta/small:v2 requests 0',
    'north large input_uncached 2500000',
    'north large output_text 10000000',
  ]);
});

test.each([
  ['north/large', 'north', 'large', 'standard'],
  ['north/large:flex', 'north', 'large', 'flex'],
  ['fjord/meta/small:v2', 'fjord', 'meta/small:v2', 'standard'],
  ['fjord/meta:flex/small', 'fjord', 'meta:flex/small', 'standard'],
  ['a.b/m:standard', 'a.b', 'm:standard', 'standard'],
])('%s is %s, %s, %s', (id, venue, model, tier) => expect(placeOf(id)).toEqual({ venue, model, tier }));

test.each([
  ['a missing field', 'maxOutputTokens: 4096', '', 'maxOutputTokens is missing'],
  ['a misspelt section', 'envelopes:', 'envelops:', 'unknown field "envelops"'],
  ['a field nobody reads', 'retention: zero', 'retention: zero\n    colour: blue', 'unknown field "colour"'],
  ['a value that is none of those allowed', 'kind: exact', 'kind: exakt', 'useCases.triage.grader'],
  ['a venue that is no name', '  fjord:', '  Fjord X:', 'lower-case'],
  ['a price finer than can be counted', '"0.05"', '"0.0000005"', 'at most 6 decimals'],
  ['a price of zero', '"0.05"', '"0"', 'listed under "free"'],
  ['a limit as a binary fraction', '"25.00"', '25.5', 'in quotes'],
  ['an unset secret', 'env:NORTH_KEY', 'env:SOUTH_KEY', 'SOUTH_KEY is not set'],
  ['a secret written down', 'env:NORTH_KEY', 'sk-north', 'env:OPENAI_API_KEY'],
  ['a suite that is not there', 'triage.jsonl', 'missing.jsonl', 'cannot be read'],
  ['broken YAML', 'capabilities: [stream, tools]', 'capabilities: [stream, tools', ''],
  ['a key given twice', 'family: beta', 'revision: r8', 'unique'],
])('%s is refused with its line', async (_, from, to, words) => {
  const problems = await problemsOf(exampleYaml.replace(from, to));
  expect(problems.map(({ path, message }) => `${path} ${message}`).join()).toContain(words);
  const line = lineOf(from.trim());
  expect(
    problems.some((one) => Math.abs(one.line - line) <= 4),
    `${JSON.stringify(problems)} is not near line ${line}`,
  ).toBe(true);
});

test('every problem is told at once, with the exact line and column of each', async () => {
  const yaml = exampleYaml.replace('absolute: 0.9', 'absolute: 9').replace('team: care', 'team: Care');
  expect(await problemsOf(yaml)).toEqual([
    expect.objectContaining({ line: lineOf('team: care'), column: 5, path: 'useCases.triage.team' }),
    expect.objectContaining({ line: lineOf('absolute'), column: 14, path: 'useCases.triage.floor.absolute' }),
  ]);
});

test('only changed values are differences', () => {
  const from = { floor: { absolute: 0.9, nonInferiorMargin: 0.02 }, candidates: ['a'], team: 'care' };
  const to = { team: 'care', candidates: ['a', 'b'], floor: { absolute: 0.95 } };
  expect(differenceOf(from, to)).toEqual([
    { path: 'candidates', from: ['a'], to: ['a', 'b'] },
    { path: 'floor.absolute', from: 0.9, to: 0.95 },
    { path: 'floor.nonInferiorMargin', from: 0.02, to: undefined },
  ]);
  expect(differenceOf(from, structuredClone(from))).toEqual([]);
});
