/** The page of a model as people read it: measured figures, evidence and spread beside facts and prices. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { CatalogProfile } from '#contracts/api/catalog-api.js';
import { describeItems, describeProfile } from './describe-profile.js';

const row = {
  ...{ venue: 'v', model: 'm', tier: 'standard' as const, meter: 'input_uncached' as const, ratePicoUsd: 250_000n },
  ...{ validFrom: '2026-01-01T00:00:00.000Z', source: 'https://v.example/prices' },
};
const profile: CatalogProfile = {
  ...{ id: 'v/m', venue: 'v', model: 'm', facts: null, venueFacts: null, otherPrices: [] },
  tabs: [
    {
      tier: 'standard',
      rows: [
        row,
        { ...row, meter: 'output_text', ratePicoUsd: 2_000_000n, inputTokensAbove: 200_000, region: 'us' },
        { ...row, meter: 'cache_read', hours: { zone: 'UTC', from: '16:30', to: '00:30' } },
      ],
      blendedPicoUsd: 687_500n,
    },
  ],
  endpoints: [
    {
      ...{ route: 'v/m', venue: 'v', host: 'https://v.example/v1', tier: 'standard', jurisdiction: null },
      ...{ retention: null, capabilities: [], contextWindow: null, maxOutputTokens: null, priced: true },
      measured: {
        ...{ calls: 12_345, since: '2026-10-22T00:00:00.000Z', latencyMsP50: 812.4, firstByteMsP50: 90 },
        ...{ throughputP50: 61.7, uptime24h: 0.9987, attempts24h: 1_541 },
      },
    },
    {
      ...{ route: 'v/m:flex', venue: 'v', host: 'https://v.example/v1', tier: 'flex', jurisdiction: 'eu' },
      ...{ retention: 'zero', capabilities: [], contextWindow: null, maxOutputTokens: null, priced: false },
      measured: null,
    },
  ],
  guidance: [
    {
      ...{ useCase: 'support', route: 'v/m', word: 'cleared', verdict: null, decidedAt: '2026-11-19T00:00:00.000Z' },
      ...{ samples: 420, floor: 0.9, mean: 0.962 },
    },
    {
      ...{ useCase: 'triage', route: 'v/m', word: 'never_tried', verdict: null, decidedAt: null },
      ...{ samples: 0, floor: 0.8, mean: null },
    },
  ],
  spreads: [
    {
      ...{ useCase: 'support', basis: 'calls', calls: 900, dearest: 'a/large', cheapest: 'v/m' },
      ...{ compliant: [], ratioThousandths: '12345' },
    },
  ],
  ...{ asOf: '2026-11-20T12:00:00.000Z', priceBook: 'ab'.repeat(32) },
};

test('what was measured, what it costs on which terms, where it proved itself, and the spread', () => {
  const text = describeProfile(profile).map(stripVTControlCharacters).join('\n');
  expect(text).toContain(
    'latency p50 812 ms · throughput p50 62 tokens/s · uptime 24 h 99.9 % of 1,541 attempts · 12,345 calls since 2026-10-22',
  );
  expect(text).toMatch(/v\/m:flex {2}UNPRICED\n.*jurisdiction eu, retention zero\n.*not measured here/);
  expect(text).toMatch(/output text +2 USD\/M +from 2026-01-01 +above 200,000 input tokens {2}in us {2}\[1\]/);
  expect(text).toMatch(/cache read .* 16:30 to 00:30 UTC/);
  expect(text).toMatch(/blended 3:1 +0.6875 USD\/M/);
  expect(text).toMatch(/support {2}v\/m {2}mean 0.962 against 0.9, 420 samples, 2026-11-19 {2}cleared/);
  expect(text).toMatch(/triage {3}v\/m .* never tried/);
  expect(text).toContain('support: 12.345 times, a/large against v/m, over 900 calls');
  expect(text.match(/https:\/\/v\.example\/prices/g)).toHaveLength(1);
});

test('a list says what has no price, and never shows it as a zero', () => {
  const item = {
    id: 'v/m',
    venue: 'v',
    model: 'm',
    name: 'M',
    type: null,
    tiers: [],
    routes: [],
    blendedPicoUsd: null,
  };
  const lines = describeItems([
    { ...item, priced: false },
    { ...item, priced: true, type: 'image', routes: ['v/m'] },
  ]).map(stripVTControlCharacters);
  expect(lines[1]).toMatch(/unknown +no price/);
  expect(lines[2]).toMatch(/image +by the unit/);
});
