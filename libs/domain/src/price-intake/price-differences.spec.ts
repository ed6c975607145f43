import { expect, test } from 'vitest';
import type { PriceClaim } from '#contracts/api/price-intake-api.js';
import type { PriceRow } from '#contracts/price.js';
import { differencesOf, type Sighting } from './price-differences.js';

const claim = (
  ratePicoUsd: bigint,
  validFrom: string,
  change: Partial<PriceRow> & { dated?: boolean } = {},
): PriceClaim => {
  const { dated = false, ...row } = change;
  return {
    row: {
      venue: 'north',
      model: 'large',
      tier: 'standard',
      meter: 'output_text',
      source: 'page',
      ratePicoUsd,
      validFrom,
      ...row,
    },
    ...{ dated, line: 3, field: 'large.output', confirmedBy: [] },
  };
};
const heard = (source: string, one: PriceClaim): Sighting => ({ source, claim: one });
const stateOf = (own: PriceClaim, sightings: Sighting[], rows: PriceRow[] = []) => {
  const { differences } = differencesOf({
    rows,
    source: 'own',
    claims: [own],
    findings: [],
    sightings,
    wanted: () => true,
  });
  return differences.map(({ state, agreeing, disagreeing }) => [state, agreeing.length, disagreeing.length]);
};
const [january, march, september] = [
  '2026-01-01T00:00:00.000Z',
  '2026-03-01T00:00:00.000Z',
  '2026-09-01T00:00:00.000Z',
];

test('two lists without dates are compared, whichever was read first', () => {
  expect(stateOf(claim(5n, march), [heard('b', claim(5n, january))])).toEqual([['ready', 2, 0]]);
  expect(stateOf(claim(5n, january), [heard('b', claim(5n, march))])).toEqual([['ready', 2, 0]]);
  expect(stateOf(claim(5n, march), [heard('b', claim(6n, january))])).toEqual([['waiting', 1, 1]]);
});

test('a price announced for later neither confirms nor contradicts the price of today', () => {
  const announced = heard('b', claim(9n, september, { dated: true }));
  expect(stateOf(claim(5n, march), [announced])).toEqual([['waiting', 1, 0]]);
  const until = heard('b', claim(5n, january, { dated: true, validTo: september }));
  expect(stateOf(claim(5n, march), [announced, until])).toEqual([['ready', 2, 0]]);
});

test('a price that has ended is not contradicted by the list of today', () => {
  const ended = claim(6n, january, { dated: true, validTo: march });
  expect(stateOf(ended, [heard('b', claim(5n, september))])).toEqual([['waiting', 1, 0]]);
});

test('two that agree do not outvote one that differs', () => {
  const [agrees, differs] = [heard('b', claim(5n, january)), heard('c', claim(6n, january))];
  expect(stateOf(claim(5n, march), [agrees, differs])).toEqual([['waiting', 2, 1]]);
});

test('a file’s own witnesses count once per site, and not what they say elsewhere', () => {
  const witnessed = (...confirmedBy: string[]) => ({ ...claim(5n, march), confirmedBy });
  expect(stateOf(witnessed('https://a.example/x', 'https://www.a.example/y'), [])).toEqual([['ready', 2, 0]]);
  expect(stateOf(witnessed('own'), [])).toEqual([['waiting', 1, 0]]);
});

test('a thousandfold is refused, a jump waits, and what the book says already is no difference', () => {
  const { row } = claim(5_000n, january);
  const twice = heard('b', claim(50_000n, march));
  expect(stateOf(claim(50_000n, march), [twice], [row])[0]?.[0]).toBe('waiting');
  expect(stateOf(claim(5_000_000n, march), [heard('b', claim(5_000_000n, march))], [row])[0]?.[0]).toBe('refused');
  expect(stateOf(claim(5_000n, march), [], [row])).toEqual([]);
});
