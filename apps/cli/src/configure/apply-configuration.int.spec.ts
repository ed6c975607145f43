import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningControl, startControl } from '../../../control/src/control-fixture.spec-data.js';
import { applyConfiguration, ApplyStopped } from './apply-configuration.js';
import type { ControlClient } from './ask-control.js';
import { exampleSuite, exampleYaml } from './o10-example.spec-data.js';
import { describePlan, planConfiguration } from './plan-configuration.js';
import { readConfiguration } from './read-configuration.js';

let control: RunningControl;
let client: ControlClient;
let folder: string;
beforeAll(async () => {
  control = await startControl();
  client = { controlUrl: control.url, token: control.tokens.engineer };
  folder = await mkdtemp(join(tmpdir(), 'o10-apply-'));
  await writeFile(join(folder, 'triage.jsonl'), exampleSuite);
});
afterAll(async () => {
  await control.stop();
  await rm(folder, { recursive: true });
});

async function file(yaml: string, env: Record<string, string> = { NORTH_KEY: 'sk-north' }) {
  await writeFile(join(folder, 'o10.yaml'), yaml);
  return readConfiguration(join(folder, 'o10.yaml'), env);
}

test('applying a file makes all it says; applying it again does nothing', async () => {
  const first = await applyConfiguration(client, await file(exampleYaml));
  expect(describePlan(first)).toEqual([
    '+ venue north',
    '    key: nothing → "(another secret)"',
    '+ venue fjord',
    '+ route north/large',
    '+ route north/large:flex',
    '+ route fjord/meta/small:v2',
    '+ model large',
    '+ lanes table',
    '+ plan free',
    '+ subscription care',
    '+ prices price book',
    '+ suite triage',
    '+ use case triage',
    '    mode: "off" → "shadow"',
    '+ envelope triage-month',
  ]);
  expect((await planConfiguration(client, await file(exampleYaml))).changes).toEqual([]);
  const snapshot = JSON.parse((await control.context.publishing.feed.latest())!.body);
  expect(snapshot.useCases[0]).toMatchObject({ slug: 'triage', mode: 'shadow' });
  expect(snapshot.prices.rows).toHaveLength(5);
});

test('a plan shows the changed values alone, and of a secret only that it differs', async () => {
  const yaml = exampleYaml
    .replace('absolute: 0.9', 'absolute: 0.95')
    .replace('"2.50"', '"2.25"')
    .replace('"25.00"', '"40"')
    .replace('models:\n  large: north/large\n', '');
  const plan = await planConfiguration(client, await file(yaml, { NORTH_KEY: 'sk-other' }));
  expect(describePlan(plan)).toEqual([
    '~ venue north',
    '    key: "(a secret)" → "(another secret)"',
    '~ prices price book',
    '    north/large:standard input_uncached above 0 from 2026-01-01T00:00:00Z.ratePicoUsd: "2500000" → "2250000"',
    '~ use case triage',
    '    floor.absolute: 0.9 → 0.95',
    '~ envelope triage-month',
    '    limitNanoUsd: "25" → "40"',
    '- model large',
  ]);
  expect(describePlan(plan).join()).not.toContain('sk-');
});

test('a file cannot enforce without proof; what was applied before stands', async () => {
  const yaml = exampleYaml.replace('mode: shadow', 'mode: enforce');
  const stopped = await applyConfiguration(client, await file(yaml)).catch((error: unknown) => error);
  expect(stopped).toBeInstanceOf(ApplyStopped);
  expect((stopped as ApplyStopped).refusal).toMatchObject({ code: 'enforce_needs_proof', status: 409 });
});

test('what a file leaves out is deleted, in an order the snapshot allows; without a mode the mode stays', async () => {
  const shorter = exampleYaml
    .replace('    mode: shadow\n', '')
    .replace('  north/large:flex: *alpha\n', '')
    .replace(/envelopes:[^]*/, '');
  const plan = await applyConfiguration(client, await file(shorter));
  expect(describePlan(plan)).toEqual(['- envelope triage-month', '- route north/large:flex']);
  expect((await control.ask('viewer', 'GET', '/api/use-cases/triage')).body.definition.mode).toBe('shadow');
  const emptied = await applyConfiguration(client, await file('apiVersion: v1\n'));
  expect(emptied.changes.map(({ action, kind }) => `${action} ${kind}`)).toEqual([
    'delete use case',
    'delete suite',
    'delete subscription',
    'delete plan',
    'delete lanes',
    'delete model',
    'delete route',
    'delete route',
    'delete venue',
    'delete venue',
  ]);
  expect((await planConfiguration(client, await file('apiVersion: v1\n'))).changes).toEqual([]);
  expect((await control.ask('viewer', 'GET', '/api/prices')).body.rows).toHaveLength(5);
});

test('a token that may only read cannot apply', async () => {
  const viewer = { ...client, token: control.tokens.viewer };
  await expect(applyConfiguration(viewer, await file(exampleYaml))).rejects.toMatchObject({ code: 'forbidden' });
});
