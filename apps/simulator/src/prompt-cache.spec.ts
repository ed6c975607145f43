import { expect, test } from 'vitest';
import { PromptCache } from './prompt-cache.js';

const prompt = 'x'.repeat(4_096 + 512);

test('a prefix lives for its lifetime after it was last seen', () => {
  const cache = new PromptCache(1_000);
  expect(cache.admit(prompt, 0)).toBe(0);
  expect(cache.admit(prompt, 999)).toBe(1_152);
  expect(cache.admit(prompt, 1_998)).toBe(1_152);
  expect(cache.admit(prompt, 2_998)).toBe(0);
});

test('marked prefixes live for five minutes or an hour, and a hit begins that anew', () => {
  const cache = new PromptCache();
  const marks = [
    { endByte: 4_096, lifetime: '1h' as const },
    { endByte: 4_608, lifetime: '5m' as const },
  ];
  const minute = 60_000;
  expect(cache.admitMarked(prompt, marks, 0)).toEqual({ read: 0, written5m: 128, written1h: 1_024 });
  expect(cache.admitMarked(prompt, marks, 4 * minute)).toEqual({ read: 1_152, written5m: 0, written1h: 0 });
  expect(cache.admitMarked(prompt, marks, 8 * minute)).toEqual({ read: 1_152, written5m: 0, written1h: 0 });
  expect(cache.admitMarked(prompt, marks, 14 * minute)).toEqual({ read: 1_024, written5m: 128, written1h: 0 });
  expect(cache.admitMarked(prompt, marks, 80 * minute)).toEqual({ read: 0, written5m: 128, written1h: 1_024 });
  expect(cache.admitMarked(prompt, [{ endByte: 4_000, lifetime: '5m' }], 0)).toEqual({
    read: 0,
    written5m: 0,
    written1h: 0,
  });
});
