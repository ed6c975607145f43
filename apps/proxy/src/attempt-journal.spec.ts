import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settlement } from '#contracts/envelope-desk.js';
import { AttemptJournal } from './attempt-journal.js';
import { leftBehind } from './read-journal.js';

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
  const left = (await leftBehind(directory)).settlements;
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
  expect((await leftBehind(directory)).settlements).toEqual([settlement('a', 90n)]);
});

test("another living proxy's files are its own; a file of our own id is a predecessor's", async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  const [mine = ''] = readdirSync(directory);
  expect((await leftBehind(directory)).settlements).toHaveLength(1);
  renameSync(join(directory, mine), join(directory, `${process.ppid}-${mine}`));
  expect(await leftBehind(directory)).toMatchObject({ settlements: [], files: [] });
});

test('what the ledger has is not left behind, in whatever file it says so', async () => {
  const journal = new AttemptJournal(directory);
  await Promise.all([journal.intent(settlement('a', 90n)), journal.ending(settlement('b', 7n))]);
  journal.recorded(['b', 'never heard of']);
  await journal.intent(settlement('c', 1n));
  expect((await leftBehind(directory)).settlements.map(({ holdId }) => holdId)).toEqual(['a', 'c']);
});

test('its attempts are open until they end, ended until the ledger has them, and can be read back', async () => {
  const journal = new AttemptJournal(directory);
  const held = { ...settlement('held', 90n), envelopes: [{ envelope: 'org', window: 'w' }] };
  await Promise.all([journal.intent(held), journal.intent(settlement('unheld', 5n))]);
  await journal.ending(settlement('refused', 0n));
  expect(journal.attempts()).toEqual({ open: ['held'], ended: ['refused'] });
  expect((await journal.lastWordsOf(['held'])).get('held')).toEqual(held);
  await journal.ending({ ...held, costNanoUsd: 3n });
  expect(journal.attempts()).toEqual({ open: [], ended: ['held', 'refused'] });
  const words = await journal.lastWordsOf(['held', 'gone']);
  expect([...words.values()].map(({ costNanoUsd }) => costNanoUsd)).toEqual([3n]);
  journal.recorded(['held', 'refused']);
  expect(journal.attempts()).toEqual({ open: [], ended: [] });
});

test('nothing is left when the ledger has everything', async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  await journal.ending(settlement('a', 7n));
  journal.recorded(['a']);
  await journal.close();
  expect(readdirSync(directory)).toEqual([]);
});

test('an attempt is on disk before its intent resolves', async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  const [file] = readdirSync(directory);
  expect(readFileSync(join(directory, file ?? ''), 'utf8')).toContain('"holdId":"a"');
});

/** Enough of these fill a segment. */
const large = (holdId: string): Settlement => ({ ...settlement(holdId, 90n), record: `"${'x'.repeat(2 ** 21)}"` });
const manyLarge = (name: string) => Array.from({ length: 9 }, (_, n) => large(`${name}${n}`));

test('an attempt that waited while a segment was filled stands in the next one, and is not deleted with it', async () => {
  const journal = new AttemptJournal(directory);
  const round = async (name: string, meanwhile?: Settlement) => {
    const writing = manyLarge(name).map((one) => journal.intent(one));
    await writing[0]; // the others are now being written together
    if (meanwhile) writing.push(journal.intent(meanwhile));
    await Promise.all(writing);
    for (const { holdId } of manyLarge(name)) await journal.ending(settlement(holdId, 1n));
    journal.recorded(manyLarge(name).map(({ holdId }) => holdId));
  };
  await round('a', settlement('late', 90n));
  await round('b');
  await round('c');
  crash();
  expect((await leftBehind(directory)).settlements.map(({ holdId }) => holdId)).toContain('late');
});

test('the intent is kept until the ending is on disk', async () => {
  const journal = new AttemptJournal(directory);
  await journal.intent(settlement('a', 90n));
  const filling = manyLarge('b').map((one) => journal.intent(one));
  await Promise.all(filling);
  journal.recorded(manyLarge('b').map(({ holdId }) => holdId));
  const ending = journal.ending(settlement('a', 7n));
  const files = readdirSync(directory);
  expect(files.some((name) => readFileSync(join(directory, name), 'utf8').includes('I {"holdId":"a"'))).toBe(true);
  await ending;
  crash();
  expect((await leftBehind(directory)).settlements.find(({ holdId }) => holdId === 'a')?.costNanoUsd).toBe(7n);
});
