import { describe, expect, test } from 'vitest';
import { BillBook, Rates, shiftDecimal } from './bill.js';

describe('decimal prices become integers', () => {
  test.each([
    ['2.50', 6, 2_500_000n],
    ['0', 6, 0n],
    ['0.000001', 6, 1n],
    ['15', 6, 15_000_000n],
    ['0.075', 6, 75_000n],
    ['0.005', 12, 5_000_000_000n],
    ['999999999.999999', 6, 999_999_999_999_999n],
  ])('%s shifted by %i', (price, places, shifted) => expect(shiftDecimal(price, places)).toBe(shifted));

  test('a digit too many is an error, not a rounding', () =>
    expect(() => shiftDecimal('0.0000001', 6)).toThrow('decimals'));
});

describe('cost in pico-USD, worked by hand', () => {
  test.each([
    // 1000 × 2.50 $/M + 500 × 10 $/M = 0.0025 + 0.005 USD
    [{ inputPerMillion: '2.50', outputPerMillion: '10.00' }, [1000, 0, 500], 7_500_000_000n],
    // 1408 in, of which 1024 cached: 384 × 2.5 + 1024 × 1.25 + 10 × 10 = 960 + 1280 + 100 µUSD
    [
      { inputPerMillion: '2.50', cachedInputPerMillion: '1.25', outputPerMillion: '10.00' },
      [1408, 1024, 10],
      2_340_000_000n,
    ],
    // 3 × 0.15 + 7 × 0.6 = 0.45 + 4.2 µUSD, and 0.5 cent for asking
    [{ inputPerMillion: '0.15', outputPerMillion: '0.60', perRequest: '0.005' }, [3, 0, 7], 5_004_650_000n],
    // The smallest rates there are: one pico-USD a token
    [{ inputPerMillion: '0.000001', outputPerMillion: '0.000003', perRequest: '0.000000000007' }, [5, 0, 2], 18n],
    [{ inputPerMillion: '0', outputPerMillion: '0' }, [1_000_000, 0, 1_000_000], 0n],
    // As far as an exact double goes, times two in the next line: integers do not mind
    [{ inputPerMillion: '0.000001', outputPerMillion: '0' }, [9_007_199_254_740_991, 0, 0], 9_007_199_254_740_991n],
    [
      { inputPerMillion: '0.000002', outputPerMillion: '0.000001' },
      [9_007_199_254_740_991, 0, 1],
      18_014_398_509_481_983n,
    ],
  ] as const)('%j for %j', (prices, [promptTokens, cachedTokens, completionTokens], cost) => {
    expect(new Rates(prices).costPicoUsd({ promptTokens, cachedTokens, completionTokens })).toBe(cost);
  });
});

describe('the book', () => {
  const rates = new Rates({ inputPerMillion: '1', outputPerMillion: '2' });
  const line = (requestId: string, at: string, venue = 'alpha') => ({
    requestId,
    clientRequestId: null,
    venue,
    model: 'large',
    tier: 'default',
    at,
  });
  const counts = { promptTokens: 10, cachedTokens: 0, completionTokens: 5 };

  test('sums closed lines, counts open ones, and leaves out what is not billed', () => {
    const book = new BillBook();
    book.open(line('a', '2026-11-20T10:00:00.000Z'));
    book.open(line('b', '2026-11-20T10:00:01.000Z', 'beta'));
    book.open(line('c', '2026-11-20T10:00:02.000Z'));
    book.close('a', { counts, rates, outcome: 'completed' });
    book.close('c', null);
    expect(book.read()).toMatchObject({ totalPicoUsd: '20000000', inFlight: 1, lines: [{ requestId: 'a' }] });
    expect(book.read('beta')).toEqual({ totalPicoUsd: '0', inFlight: 1, lines: [] });
    expect(() => book.close('a', null)).toThrow('No open line');
  });

  test('a cost report is complete up to the oldest open request', () => {
    const book = new BillBook();
    book.open(line('a', '2026-11-20T10:00:00.000Z'));
    book.open(line('b', '2026-11-20T10:00:01.000Z'));
    const now = '2026-11-20T11:00:00.000Z';
    expect(book.costReport('alpha', now).completeThrough).toBe('2026-11-20T10:00:00.000Z');
    book.close('a', { counts, rates, outcome: 'completed' });
    expect(book.costReport('alpha', now)).toMatchObject({
      completeThrough: '2026-11-20T10:00:01.000Z',
      rows: [{ requestId: 'a', costPicoUsd: '20000000' }],
    });
    book.close('b', null);
    expect(book.costReport('alpha', now).completeThrough).toBe(now);
  });
});
