import { expect, test } from 'vitest';
import { chargeOf } from './charge-of.js';

const express = { input: 1_000_000_000_000n, output: 4_000_000_000_000n };
const parts = { input_uncached: 600, cache_read: 400, output_text: 70, reasoning: 30 };
/** 1,000 in at $1 and 100 out at $4 per million, in pico-USD. */
const least = 1_400_000_000n;

test.each([
  ['no floor: the cost', { basis: 'reported' as const, costPicoUsd: 5n }, null, 5n],
  ['cheaper than the floor: the floor', { basis: 'reported' as const, costPicoUsd: 5n }, express, least],
  ['at the floor', { basis: 'reported' as const, costPicoUsd: least }, express, least],
  ['dearer than the floor: the cost', { basis: 'reported' as const, costPicoUsd: least + 1n }, express, least + 1n],
  ['estimated: as booked', { basis: 'estimated' as const, costPicoUsd: 9n }, express, 9n],
  ['nothing bought: nothing', { basis: 'none' as const, costPicoUsd: 0n }, express, 0n],
  ['unpriced: as booked', { basis: 'unpriced' as const, costPicoUsd: 0n }, express, 0n],
])('%s', (_what, bill, floor, charge) => {
  expect(chargeOf(bill, parts, floor)).toBe(charge);
});
