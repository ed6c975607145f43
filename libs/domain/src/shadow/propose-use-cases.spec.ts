import { expect, test } from 'vitest';
import { proposeUseCases, type UnnamedCall } from './propose-use-cases.js';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const call = (shape: string | null, costPicoUsd: bigint, also: Partial<UnnamedCall> = {}): UnnamedCall => ({
  ...{ shape, costPicoUsd, route: 'north/large', team: 'care', admittedAt: '2026-11-20T10:00:00.000Z' },
  ...also,
});

test('calls of one shape are one group, the dearest first, with what they asked for', () => {
  const later = { admittedAt: '2026-11-20T12:00:00.000Z' };
  const calls = [
    call(a, 1n),
    call(b, 5n),
    call(a, 2n, { route: 'south/small', ...later }),
    call(a, 3n),
    call(null, 9n),
  ];
  const [plain, first, second] = proposeUseCases(calls, new Set());
  expect(plain).toMatchObject({ shape: null, calls: 1 });
  expect(first).toEqual({
    shape: a,
    calls: 3,
    costPicoUsd: 6n,
    routes: [
      { route: 'north/large', calls: 2, costPicoUsd: 4n },
      { route: 'south/small', calls: 1, costPicoUsd: 2n },
    ],
    teams: ['care'],
    firstAt: '2026-11-20T10:00:00.000Z',
    lastAt: later.admittedAt,
  });
  expect(second).toMatchObject({ shape: b, calls: 1, costPicoUsd: 5n });
});

test('what a use case claims is proposed no more', () =>
  expect(proposeUseCases([call(a, 1n), call(b, 1n)], new Set([a])).map(({ shape }) => shape)).toEqual([b]));
