import { expect, test } from 'vitest';
import { listUnpriced } from './list-unpriced.js';

const call = (n: number, change: object = {}) => ({
  ...{
    route: 'v/m',
    servedModel: 'm-2026',
    tier: 'standard' as const,
    useCase: 'support',
    costBasis: 'unpriced' as const,
  },
  ...{ callId: `call-${n}`, endedAt: `2026-11-20T12:00:${String(n).padStart(2, '0')}.000Z` },
  usage: { basis: 'reported' as const, parts: { input_uncached: 5, image_in: n, reasoning: 0 } },
  ...change,
});

test('unknown prices by what was served, most calls first, the latest calls named', () => {
  const many = Array.from({ length: 25 }, (_, n) => call(n));
  const listed = listUnpriced([
    call(30, { servedModel: 'other', useCase: 'triage' }),
    ...many,
    call(31, { costBasis: 'reported' }),
    call(32, { route: null }),
  ]);
  expect(listed.map(({ servedModel, calls, useCases }) => [servedModel, calls, useCases])).toEqual([
    ['m-2026', 25, ['support']],
    ['other', 1, ['triage']],
  ]);
  expect(listed[0]).toMatchObject({ meters: ['image_in', 'input_uncached'], latestAt: '2026-11-20T12:00:24.000Z' });
  expect(listed[0]?.callIds).toHaveLength(20);
  expect(listed[0]?.callIds[0]).toBe('call-24');
});
