import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settlement } from '#contracts/envelope-desk.js';
import { AttemptJournal, leftBehind } from './attempt-journal.js';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'o10-journal-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const settlement = (holdId: string, costNanoUsd: bigint): Settlement => ({
  holdId,
  costNanoUsd,
  envelopes: [],
  record: '{}',
});

/** As if the process that wrote the files were gone: process id 0 belongs to nobody. */
function crash(): string[] {
  return readdirSync(directory).map((name) => {
    const orphan = `999999999-${name}`;
    renameSync(join(directory, name), join(directory, orphan));
    return orphan;
  });
}

test('an attempt that never ended gets its ceiling; one that ended gets its ending', async () => {
  const journal = new AttemptJournal(directory);
  await Promise.all([journal.intent(settlement('a', 90n)), journal.intent(settlement('b', 90n))]);
  await journal.ending(settlement('b', 7n));
  crash();
  const left = leftBehind(directory).settlements;
  expect(left.map((one) => [one.holdId, one.costNanoUsd])).toEqual([
    ['a', 90n],
    ['b', 7n],
  ]);
});

test('a line cut by the crash is skipped, whole lines before it are not', async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  const [file] = crash();
  appendFileSync(join(directory, file ?? ''), 'E {"holdId":"a","costNano');
  expect(leftBehind(directory).settlements).toEqual([settlement('a', 90n)]);
});

test("a living proxy's files are its own", async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  expect(leftBehind(directory)).toEqual({ settlements: [], files: [] });
});

test('nothing is left when the desk has taken everything', async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  await journal.ending(settlement('a', 7n));
  journal.taken('a');
  await journal.close();
  expect(readdirSync(directory)).toEqual([]);
});

test('an attempt is on disk before its intent resolves', async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  const [file] = readdirSync(directory);
  expect(readFileSync(join(directory, file ?? ''), 'utf8')).toContain('"holdId":"a"');
});
