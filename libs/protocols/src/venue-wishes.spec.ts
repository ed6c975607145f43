import { expect, test } from 'vitest';
import { venueWishesOf } from './venue-wishes.js';

const none = { only: null, ignore: [], order: [], allowFallbacks: true, sort: null };

test.each([
  [{}, none],
  [{ provider: null }, none],
  [{ provider: {} }, none],
  [{ provider: { only: ['a'], require_parameters: true } }, { ...none, only: ['a'] }],
  [{ provider: { only: [] } }, { ...none, only: [] }],
  [{ provider: { sort: 'throughput' } }, { ...none, sort: 'throughput' }],
  [
    { provider: { order: ['b', 'a'], ignore: ['c'], allow_fallbacks: false, sort: 'price' } },
    { only: null, order: ['b', 'a'], ignore: ['c'], allowFallbacks: false, sort: 'price' },
  ],
])('%j', (parsed, wishes) => {
  expect(venueWishesOf(parsed)).toEqual({ wishes });
});

test.each([
  [{ only: 'a' }, 'provider.only'],
  [{ order: [1] }, 'provider.order'],
  [{ ignore: {} }, 'provider.ignore'],
  [{ allow_fallbacks: 'no' }, 'provider.allow_fallbacks'],
  [{ sort: 'quality' }, 'provider.sort'],
])('%j is refused by name', (provider, param) => {
  expect(venueWishesOf({ provider })).toMatchObject({ refused: { code: 'invalid_request', param } });
});
