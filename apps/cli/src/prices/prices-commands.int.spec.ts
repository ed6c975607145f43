import { stripVTControlCharacters } from 'node:util';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type RunningControl, startControl } from '../../../control/src/control-fixture.spec-data.js';
import { addCatalogCommands } from '../catalog/catalog-commands.js';
import type { Place } from '../place.js';
import { addPricesCommands } from './prices-commands.js';

let control: RunningControl;
let folder: string;
let printed = '';
beforeAll(async () => {
  control = await startControl();
  folder = await mkdtemp(join(tmpdir(), 'o10-prices-'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
  await control.stop();
});
beforeEach(() => {
  printed = '';
});

/** Runs the command as the member with this role; the printed text. */
async function o10(role: 'engineer' | 'approver' | 'finance', ...args: string[]): Promise<string> {
  const projectDir = resolve(import.meta.dirname, '../../../..');
  const settings = { O10_CONTROL_URL: control.url, O10_TOKEN: control.tokens[role], LOG_LEVEL: 'silent' };
  const place = { projectDir, distDir: '', settings } as Place;
  const program = new Command('o10').exitOverride();
  addPricesCommands(program, place);
  addCatalogCommands(program, place);
  printed = '';
  await program.parseAsync(['node', 'o10', ...args]);
  return printed;
}

const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

test('the shipped book: proposed and approved in one go, and only once', async () => {
  const text = await o10('approver', 'prices', 'import', '--seed');
  expect(text).toMatch(/535 rows published in the book [0-9a-f]{64}/);
  expect(await o10('approver', 'prices', 'import', '--seed')).toContain('nothing to approve');
  const history = await o10('engineer', 'prices', 'history');
  expect(history).toMatch(/approved +o10-seed .* by o10 .*; approved by approver@bank.example \(535 rows\)/);
  expect(history).toMatch(/version 1 [0-9a-f]{64}: 535 rows/);
});

test('an engineer cannot publish it: it waits', async () => {
  await expect(o10('engineer', 'prices', 'approve', '01900000-0000-7000-8000-000000000001')).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('the profile of an image model: prices by the megapixel, the fallen price, hosts of unknown place', async () => {
  const text = stripVTControlCharacters(await o10('engineer', 'catalog', 'show', 'bfl/flux-2-flex'));
  expect(text).toMatch(/^FLUX\.2 \[flex\] +bfl\/flux-2-flex\ntext \+ image → image · Black Forest Labs/);
  expect(text).toMatch(/megapixels first +0.05 USD +from 2026-01-28 +\[1\]/);
  expect(text).toMatch(/Earlier and later prices[\s\S]*megapixels first +0.06 USD +from 2025-11-25 to 2026-01-28/);
  expect(text).toMatch(/blended 3:1 +none: it is not sold by the token/);
  expect(text).toMatch(/Pages\n +\[1\] https:\/\/docs\.bfl\.ai/);
  expect(text).toMatch(/https:\/\/api.bfl.ai +jurisdiction unknown/);
  expect(text).toMatch(/https:\/\/api.eu.bfl.ai +jurisdiction eu/);
  expect(text).toMatch(/api.bfl.ai.*no route declared/);
  expect(text).toMatch(/2026-01-28 +The price fell from 6 to 5 cents/);
});

test('a model with a flex tab', async () => {
  const { tabs, endpoints, spreads } = JSON.parse(
    await o10('engineer', 'catalog', 'show', 'openai/gpt-5.4-nano', '--json'),
  );
  expect(tabs.map(({ tier, blendedPicoUsd }: Record<string, string>) => [tier, blendedPicoUsd])).toEqual([
    ['standard', '462500'],
    ['flex', '231250'],
    ['batch', '231250'],
  ]);
  expect(endpoints[0]).toMatchObject({ host: 'https://api.openai.com', jurisdiction: null, measured: null });
  expect(spreads).toEqual([]);
  expect((await o10('engineer', 'catalog', 'list')).split('\n').length).toBeGreaterThan(50);
  await expect(o10('engineer', 'catalog', 'show', 'openai/gpt-99')).rejects.toMatchObject({ code: 'not_found' });
});

const hostile = [
  [
    'broken JSON',
    'a.json',
    '{"gpt-4o": {"litellm_provider": "openai",\n "input_cost_per_token": 2.5e-06',
    /a\.json:2: /,
  ],
  [
    'a price below zero among good ones',
    'b.json',
    '{"gpt-4o": {"litellm_provider": "openai",\n "input_cost_per_token": 2e-06,\n "output_cost_per_token": -1e-05}}',
    /b\.json:3: .*below zero/,
  ],
  ['brackets without end', 'c.json', '['.repeat(50_000), /c\.json:1: .*nested/],
] as const;

test.each(hostile)('%s: refused with the line, and nothing is changed', async (_, name, text, expected) => {
  const state = async () => [
    (await control.ask('viewer', 'GET', '/api/prices')).text,
    (await control.ask('viewer', 'GET', '/api/prices/changes')).text,
    (await control.ask('viewer', 'GET', '/api/catalog')).text,
  ];
  const before = await state();
  await expect(o10('engineer', 'prices', 'import', await file(name, text), '--everything')).rejects.toThrow(expected);
  await expect(o10('engineer', 'prices', 'diff', join(folder, name))).rejects.toThrow('Nothing was changed.');
  expect(await state()).toEqual(before);
});

test('a list of LiteLLM: differences with their doubts, waiting for somebody else', async () => {
  const list = await file(
    'list.json',
    JSON.stringify({
      'gpt-4o': {
        litellm_provider: 'openai',
        input_cost_per_token: 2.4e-6,
        output_cost_per_token: 1e-5,
        output_cost_per_token_batches: 5,
        search_context_cost_per_query: {},
      },
      'gpt-4o-mini': { litellm_provider: 'openai', input_cost_per_token: 1.5e-7, output_cost_per_token: 6e-7 },
    }),
  );
  const diff = await o10('engineer', 'prices', 'diff', list);
  expect(diff).toMatch(/1 waiting openai\/gpt-4o standard input_uncached: 2.5 USD\/M -> 2.4 USD\/M/);
  expect(diff).toMatch(/2 refused openai\/gpt-4o batch output_text[\s\S]*refuses: unit_slip/);
  expect(diff).toContain('refuses: thousandfold');
  expect(diff).toContain('nothing was changed');
  expect(await o10('finance', 'prices', 'pending')).toBe('nothing waits\n');
  const imported = await o10('engineer', 'prices', 'import', list);
  const id = /o10 prices approve ([0-9a-f-]{36})/.exec(imported)![1]!;
  expect(await o10('finance', 'prices', 'pending')).toContain(id);
  expect(await o10('finance', 'prices', 'pending', id)).toContain('sources_disagree: o10-seed says 2500000');
  await expect(
    o10('finance', 'prices', 'approve', id, '--accept', '2', '--reason', 'looks right to me'),
  ).rejects.toMatchObject({ code: 'price_rows_refused' });
  expect(await o10('finance', 'prices', 'approve', id, '--accept', '1', '--reason', 'seen on the price page')).toMatch(
    /^1 rows published/,
  );
});
