import { expect, test } from 'vitest';
import { keyPrefix, partitionOf } from './partition.js';

test('an organisation stays where it is: these tags are in stored keys', () => {
  expect([partitionOf('acme'), partitionOf('globex'), partitionOf('o10')]).toMatchInlineSnapshot(`
    [
      "{p45}",
      "{p13}",
      "{p62}",
    ]
  `);
  expect(keyPrefix('acme')).toBe(`${partitionOf('acme')}:acme`);
});

test('all 64 partitions are used, and no other', () => {
  const tags = new Set(Array.from({ length: 2_000 }, (_, n) => partitionOf(`org-${n}`)));
  expect([...tags].sort()).toEqual(Array.from({ length: 64 }, (_, n) => `{p${String(n).padStart(2, '0')}}`));
});
