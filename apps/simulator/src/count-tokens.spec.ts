import { assert as check, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countTokens, cutToTokens, splitByTokens } from './count-tokens.js';

const text = string({ unit: 'grapheme', maxLength: 200 });

describe('tokens', () => {
  test.each([
    ['', 0],
    ['a', 1],
    ['abcd', 1],
    ['abcde', 2],
    ['Zürich', 2],
    ['日本', 2],
    ['👩‍💻', 3],
  ])('%j is %i', (given, tokens) => expect(countTokens(given)).toBe(tokens));

  test('are never more than the bytes', () =>
    check(
      property(text, (given) => {
        expect(countTokens(given)).toBeLessThanOrEqual(Buffer.byteLength(given));
      }),
    ));

  test('a cut keeps exactly the limit, or the whole text', () =>
    check(
      property(text, (given) => {
        const limit = 5;
        const cut = cutToTokens(given, limit);
        expect(given.startsWith(cut)).toBe(true);
        expect(countTokens(cut)).toBe(Math.min(limit, countTokens(given)));
        expect(Buffer.from(cut).toString()).toBe(cut);
      }),
    ));

  test('pieces join to the text and none splits a code point', () =>
    check(
      property(text, (given) => {
        const pieces = [...splitByTokens(given, 1)];
        expect(pieces.join('')).toBe(given);
        for (const piece of pieces) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(4);
          expect(piece).not.toBe('');
          expect(Buffer.from(piece).toString()).toBe(piece);
        }
      }),
    ));
});
