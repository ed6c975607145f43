import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import canonicalize from 'canonicalize';
import { beforeAll, expect, test } from 'vitest';
import { PriceClaim } from '#contracts/api/price-intake-api.js';
import { catalogIdOf } from '#contracts/catalog.js';
import { shownPrices } from '#domain/catalog/price-tabs.js';
import { checkClaims } from '#domain/price-intake/check-claims.js';
import { differencesOf } from '#domain/price-intake/price-differences.js';
import { bookWith } from '#domain/price-intake/price-timeline.js';
import { seedDigest, seedSource } from '#domain/price-intake/seed-digest.js';
import type { Usage } from '#contracts/usage.js';
import { costOf } from '#domain/pricing/cost-of.js';
import { priceIndexOf } from '#domain/pricing/price-book.js';
import { readGeminiUsage } from '#protocols/usage/read-gemini-usage.js';
import { type PriceFile, readSeed } from './read-price-file.js';

const folder = resolve(import.meta.dirname, '../../../../prisma/seed/prices');
const nowMs = Date.parse('2026-11-21T00:00:00.000Z');
const seedClaude = ['claude-haiku-4-5', 'claude-sonnet-4-6', 'claude-sonnet-5', 'claude-opus-5', 'claude-fable-5'];
let seed: PriceFile;
beforeAll(async () => {
  seed = await readSeed(folder, '2026-11-21T00:00:00.000Z');
});

const found = () =>
  differencesOf({
    rows: [],
    source: seedSource,
    claims: seed.post.claims,
    findings: [...seed.post.findings, ...checkClaims(seed.post.claims)],
    sightings: [],
    wanted: () => true,
  });
const book = () =>
  bookWith(
    [],
    found().differences.map(({ row }) => row),
  );

test('the shipped book is the one this release vouches for', () => {
  const wire = seed.post.claims.map((claim) => PriceClaim.encode(claim));
  const digest = createHash('sha256').update(canonicalize(wire)!, 'utf8').digest('hex');
  expect(digest, 'put this digest into libs/domain/src/price-intake/seed-digest.ts').toBe(seedDigest);
});

test('it passes its own checks: no doubt about any row, and two sources for each', () => {
  const { differences, findings } = found();
  expect(findings).toEqual([]);
  expect(
    differences.filter(({ state }) => state !== 'ready').map(({ row, findings: why }) => [row.model, row.meter, why]),
  ).toEqual([]);
  expect(differences.length).toBeGreaterThan(300);
});

test('every row names a page and the day it was seen', () => {
  for (const { row } of seed.post.claims) expect(row.source).toMatch(/^https:\/\/\S+ \(seen 2026-\d{2}-\d{2}\)$/);
});

test.each([
  ['openai/gpt-5.4', ['standard', 'flex', 'batch', 'priority']],
  ['openai/gpt-5.4-mini', ['standard', 'flex', 'batch', 'priority']],
  ['openai/gpt-5.4-nano', ['standard', 'flex', 'batch']],
  ['openai/gpt-4o', ['standard', 'batch', 'priority']],
  ['openai/gpt-4o-mini', ['standard', 'batch', 'priority']],
  ['anthropic/claude-sonnet-5', ['standard']],
  ['google/gemini-2.5-pro', ['standard']],
  ['groq/llama-3.3-70b-versatile', ['standard']],
  ['groq/qwen/qwen3-32b', ['standard']],
  ['together/meta-llama/Llama-3.3-70B-Instruct-Turbo', ['standard']],
  ['bedrock/meta.llama3-3-70b-instruct-v1:0', ['standard']],
  ['bfl/flux-2-flex', ['standard']],
])('%s is sold at %j', (id, tiers) => {
  const [venue = '', ...model] = id.split('/');
  expect(shownPrices(book(), venue, model.join('/'), nowMs).tabs.map(({ tier }) => tier)).toEqual(tiers);
  expect(seed.models.map(catalogIdOf)).toContain(id);
});

test('the families that are named are there: Llama and Qwen at many venues, Claude and Llama on Bedrock', () => {
  expect(seed.models.length).toBeGreaterThanOrEqual(60);
  const venuesOf = (family: string) =>
    new Set(seed.models.filter((model) => model.family === family).map(({ venue }) => venue));
  expect([...venuesOf('llama')].sort()).toEqual(expect.arrayContaining(['bedrock', 'cerebras', 'groq', 'nebius']));
  expect(venuesOf('llama').size).toBeGreaterThanOrEqual(7);
  expect(venuesOf('qwen').size).toBeGreaterThanOrEqual(6);
});

const priced = (id: string, usage: Usage) => {
  const [venue = '', ...model] = id.split('/');
  const index = priceIndexOf({ hash: '0'.repeat(64), rows: book() });
  return costOf(usage, index, { venue, model: model.join('/'), tier: 'standard' }, nowMs);
};

test.each(['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-3.1-pro-preview', 'gemini-3-flash-preview'])(
  'google/%s: text, pictures, sound and film, cached and not, have a price each',
  (model) => {
    const details = (tokenCount: number) =>
      ['TEXT', 'IMAGE', 'AUDIO', 'VIDEO'].map((modality) => ({ modality, tokenCount }));
    const usage = readGeminiUsage({
      ...{ promptTokenCount: 400, cachedContentTokenCount: 40, candidatesTokenCount: 7, totalTokenCount: 407 },
      ...{ promptTokensDetails: details(100), cacheTokensDetails: details(10) },
    });
    expect(usage.basis).toBe('reported');
    expect(Object.keys(usage.parts).sort()).toEqual([
      ...['audio_in', 'cache_read', 'cache_read_audio', 'cache_read_image', 'image_in', 'input_uncached'],
      ...['output_text', 'video_in'],
    ]);
    expect(priced(`google/${model}`, usage)).toMatchObject({ priced: true });
  },
);

test.each(seedClaude)(
  'anthropic/%s: a search costs a cent, and caches of five minutes and an hour have a price',
  (model) => {
    const parts = { input_uncached: 1, cache_write_5m: 1, cache_write_1h: 1, output_text: 1, web_searches: 3 };
    const cost = priced(`anthropic/${model}`, { basis: 'reported', parts });
    expect(cost).toMatchObject({ priced: true });
    expect(cost.priced && cost.lines.find(({ meter }) => meter === 'web_searches')?.costPicoUsd).toBe(30_000_000_000n);
  },
);

test('gpt-5.4-nano: 0.46 dollars a million blended 3:1, flex 0.23125', () => {
  const { tabs } = shownPrices(book(), 'openai', 'gpt-5.4-nano', nowMs);
  expect(tabs.map(({ tier, blendedPicoUsd }) => [tier, blendedPicoUsd])).toEqual([
    ['standard', 462_500n],
    ['flex', 231_250n],
    ['batch', 231_250n],
  ]);
});

test('the six FLUX.2 models have first, further and input megapixels, and no price of a token', () => {
  const models = seed.models.filter(({ venue }) => venue === 'bfl');
  expect(models).toHaveLength(6);
  for (const { model } of models) {
    const [tab] = shownPrices(book(), 'bfl', model, nowMs).tabs;
    expect(tab?.rows.map(({ meter }) => meter)).toEqual(['megapixels_first', 'megapixels_further', 'megapixels_in']);
    expect(tab?.blendedPicoUsd).toBeNull();
  }
});

test('flex fell from 6 to 5 cents on 2026-01-28, by two dated rows and a note', () => {
  const index = priceIndexOf({ hash: '0'.repeat(64), rows: book() });
  const cost = (instant: string) =>
    costOf(
      { basis: 'reported', parts: { megapixels_first: 1, megapixels_further: 1 } },
      index,
      { venue: 'bfl', model: 'flux-2-flex', tier: 'standard' },
      Date.parse(instant),
    );
  expect(cost('2026-01-27T23:59:59.999Z')).toMatchObject({ priced: true, costPicoUsd: 120_000_000_000n });
  expect(cost('2026-01-28T00:00:00.000Z')).toMatchObject({ priced: true, costPicoUsd: 100_000_000_000n });
  expect(seed.models.find(({ model }) => model === 'flux-2-flex')?.notes[0]?.date).toBe('2026-01-28');
});

test('an announced rise takes effect on its day, and a surcharge that ended is over', () => {
  const rateOn = (model: string, day: string) =>
    shownPrices(book(), 'anthropic', model, Date.parse(`${day}T12:00:00.000Z`)).tabs[0]?.rows.map(
      ({ meter, inputTokensAbove, ratePicoUsd }) => `${meter}${inputTokensAbove ? ' above' : ''} ${ratePicoUsd}`,
    );
  expect(rateOn('claude-sonnet-5', '2026-08-31')).toContain('input_uncached 2000000');
  expect(rateOn('claude-sonnet-5', '2026-09-01')).toContain('input_uncached 3000000');
  expect(rateOn('claude-sonnet-4-6', '2026-03-12')).toContain('input_uncached above 6000000');
  expect(rateOn('claude-sonnet-4-6', '2026-03-13')?.join()).not.toContain('above');
});
