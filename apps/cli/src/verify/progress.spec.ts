import { expect, test } from 'vitest';
import { progressOn } from './progress.js';

/** What is written when a hundred lines take `everyMs` each. */
function watched(isTTY: boolean, everyMs: number): string[] {
  const written: string[] = [];
  let nowMs = 0;
  const progress = progressOn({ isTTY, write: (text) => written.push(text) }, 'verifying', () => nowMs);
  for (let done = 1; done <= 100; done += 1) {
    nowMs += everyMs;
    progress(done, 100);
  }
  return written;
}

test('a bar grows on one line, says how fast, and is wiped', () => {
  const written = watched(true, 50);
  expect(written).toHaveLength(50); // ten a second, and once to wipe
  expect(written[0]).toBe(`\rverifying ${'░'.repeat(30)} 2 %  2 of 100, 20/s\u001b[K`);
  expect(written[24]).toContain(`${'█'.repeat(15)}${'░'.repeat(15)} 50 %  50 of 100`);
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test('what is done at once, and where nobody watches, says nothing', () => {
  expect(watched(true, 0)).toEqual([]);
  expect(watched(false, 50)).toEqual([]);
});
