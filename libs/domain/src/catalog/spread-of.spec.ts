import { expect, test } from 'vitest';
import { Policy } from '#contracts/use-case.js';
import { routingIndexOf } from '../routing/routing-index.js';
import { clearance, noon, snapshot, useCase, venue } from '../routing/snapshot.spec-data.js';
import { spreadOf, type WorkedCall } from './spread-of.js';

const call = (input: number, output: number, also: object = {}): WorkedCall => ({
  useCase: 'support',
  usage: { basis: 'reported', parts: { input_uncached: input, output_text: output, ...also } },
});
const row = (model: string, meter: 'input_uncached' | 'output_text', ratePicoUsd: bigint) => ({
  ...{ venue: model.slice(2), model, tier: 'standard' as const, meter, ratePicoUsd },
  ...{ validFrom: '2026-01-01T00:00:00.000Z', source: 'spec' },
});
const rows = [
  ...[row('m-a', 'input_uncached', 4_000_000n), row('m-a', 'output_text', 16_000_000n)],
  ...[row('m-b', 'input_uncached', 1_000_000n), row('m-b', 'output_text', 4_000_000n)],
  ...[row('m-c', 'input_uncached', 100_000n), row('m-c', 'output_text', 400_000n)],
];

function spread(change: Parameters<typeof snapshot>[0], calls: WorkedCall[] = [call(300, 100)]) {
  const published = snapshot({ prices: { hash: '0'.repeat(64), rows }, ...change });
  const index = routingIndexOf(published);
  return spreadOf({
    useCase: index.useCases.get('support')!,
    calls,
    prices: index.prices,
    rows: published.prices.rows,
    nowMs: noon,
  });
}

test('dearest ÷ cheapest of the routes that are compliant, named, over the calls that were made', () => {
  const found = spread({ clearances: [clearance('b/m-b')] });
  expect(found).toMatchObject({
    basis: 'calls',
    calls: 1,
    dearest: 'a/m-a',
    cheapest: 'b/m-b',
    ratioThousandths: '4000',
  });
  expect(found.compliant).toEqual([
    { route: 'a/m-a', role: 'baseline', costPicoUsd: 2_800_000_000n },
    { route: 'b/m-b', role: 'cleared', costPicoUsd: 700_000_000n },
  ]);
});

test('a cheaper route that has not cleared the floor does not widen it; once cleared it does', () => {
  expect(spread({ clearances: [clearance('b/m-b')] }).ratioThousandths).toBe('4000');
  expect(spread({ clearances: [clearance('b/m-b'), clearance('c/m-c')] }).ratioThousandths).toBe('40000');
});

test.each([
  ['nothing cleared', { clearances: [] }],
  ['evidence that has expired', { clearances: [clearance('b/m-b', { expiresAt: '2026-11-19T00:00:00.000Z' })] }],
  [
    'a policy that forbids the candidate’s venue',
    {
      clearances: [clearance('b/m-b')],
      venues: [venue('a'), venue('b', { jurisdiction: null }), venue('c'), venue('d')],
      useCases: [useCase({ policy: Policy.parse({ residency: ['eu'] }) })],
    },
  ],
  [
    'a price nobody knows',
    { clearances: [clearance('b/m-b')], prices: { hash: '0'.repeat(64), rows: rows.slice(0, 2) } },
  ],
])('%s: fewer than two to compare, so there is no spread', (_, change) => {
  expect(spread(change)).toMatchObject({ ratioThousandths: null, dearest: null, cheapest: null });
});

test('caches are left aside: a cached token counts as one that every route would have to read', () => {
  const plain = spread({ clearances: [clearance('b/m-b')] }, [call(300, 100)]);
  const cached = spread({ clearances: [clearance('b/m-b')] }, [call(100, 100, { cache_read: 200 })]);
  expect(cached).toEqual(plain);
});

test('without calls the blended price of a token decides, and says so', () => {
  const found = spread({ clearances: [clearance('c/m-c')] }, []);
  expect(found).toMatchObject({ basis: 'blended', calls: 0, ratioThousandths: '40000' });
  expect(found.compliant.map(({ costPicoUsd }) => costPicoUsd)).toEqual([7_000_000n, 175_000n]);
});

test('a route of an image model has no price of a token, above all not zero', () => {
  const image = { ...row('m-c', 'input_uncached', 1n), meter: 'images' as const };
  const change = {
    clearances: [clearance('c/m-c')],
    prices: { hash: '0'.repeat(64), rows: [...rows.slice(0, 4), image] },
  };
  expect(spread(change, [])).toMatchObject({ ratioThousandths: null });
});
