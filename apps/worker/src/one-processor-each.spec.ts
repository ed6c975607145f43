import { expect, test } from 'vitest';
import { requireOneProcessorEach } from './one-processor-each.js';

test('one processor for each queue, no more and no less', () => {
  expect(() => requireOneProcessorEach(['a', 'b'], [{ queue: 'a' }, { queue: 'b' }])).not.toThrow();
  expect(() => requireOneProcessorEach(['a', 'b'], [{ queue: 'a' }])).toThrow('b has 0');
  expect(() => requireOneProcessorEach(['a'], [{ queue: 'a' }, { queue: 'a' }])).toThrow('a has 2');
  expect(() => requireOneProcessorEach([], [{ queue: 'a' }])).toThrow('unknown queue a');
});
