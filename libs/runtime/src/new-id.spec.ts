import { expect, test } from 'vitest';
import { Id } from '#contracts/names.js';
import { newId } from '#runtime/new-id.js';

test('ids are version 7, unique, and sort in the order they were made, also when the clock steps back', () => {
  const now = Date.parse('2026-11-20T12:00:00.000Z');
  const ids = Array.from({ length: 50_000 }, (_, index) => newId(now + Math.floor(index / 1000) - (index % 7)));
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids.slice(0, 100)) expect(Id.parse(id)[14]).toBe('7');
  expect(ids.every((id) => '89ab'.includes(id[19] ?? ''))).toBe(true);
});
