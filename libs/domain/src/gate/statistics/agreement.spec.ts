import { describe, expect, test } from 'vitest';
import { cohenKappa } from './agreement.js';
import { published, vectors } from './vectors.spec-data.js';

const { kappa = [] } = vectors<{ kappa?: { table: string; kappa: number }[] }>('agreement.json');

describe.skipIf(!published)('published agreement', () => {
  test.each(kappa)('$table', ({ table, kappa: expected }) => {
    const [a, b, c, d] = [...table.matchAll(/ (\d+)(?=,|$)/g)].map(([, count]) => Number(count));
    expect(
      Math.abs(
        cohenKappa([
          [a!, b!],
          [c!, d!],
        ])! - expected,
      ),
    ).toBeLessThan(1e-9);
  });
});

test.each([
  [
    'full agreement',
    [
      [3, 0],
      [0, 4],
    ],
    1,
  ],
  [
    'what chance gives',
    [
      [25, 25],
      [25, 25],
    ],
    0,
  ],
  [
    'never agreeing',
    [
      [0, 5],
      [5, 0],
    ],
    -1,
  ],
  [
    'one word only: nothing to agree about',
    [
      [7, 0],
      [0, 0],
    ],
    null,
  ],
  [
    'nothing rated',
    [
      [0, 0],
      [0, 0],
    ],
    null,
  ],
])('%s', (_, table, expected) => expect(cohenKappa(table)).toEqual(expected));

test('a table that is not square is refused', () => expect(() => cohenKappa([[1, 2]])).toThrow(RangeError));
