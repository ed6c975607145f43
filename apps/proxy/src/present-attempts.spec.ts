/** An attempt that ends while it is being presented again ends as it ended, and not as its intent foresaw. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { presentEveryMs, type PresentedHold, type Settlement } from '#contracts/envelope-desk.js';
import { makeLog } from '#runtime/log.js';
import { AttemptJournal } from './attempt-journal.js';
import type { JournalDisk } from './journal-disk.js';
import { PresentAttempts } from './present-attempts.js';
import { SettleAttempt } from './settle-attempt.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const envelopes = [{ envelope: 'org', window: '2026-11' }];
const record = JSON.stringify({ callId: 'call', heldNanoUsd: '90', line: null });
const ending = (costNanoUsd: bigint): Settlement => ({ holdId: 'a', costNanoUsd, envelopes, record });

/** In memory; `reading` is called before a file is read. */
function memory(reading: () => void): JournalDisk {
  const files = new Map<string, string>();
  return {
    list: () => [],
    create: (path) => {
      files.set(path, '');
      const write = (bytes: Buffer) => Promise.resolve(void files.set(path, `${files.get(path)}${bytes.toString()}`));
      return { write, close: () => undefined };
    },
    read: (path) => {
      const text = files.get(path) ?? '';
      reading();
      return Promise.resolve(text);
    },
    remove: (path) => void files.delete(path),
  };
}

test.each([
  { ends: 'while its journal is read', endsThen: true, settled: [7n], held: [] },
  { ends: 'later', endsThen: false, settled: [], held: ['a'] },
])('an attempt the desk has lost, that ends $ends', async ({ endsThen, settled, held }) => {
  const costs: bigint[] = [];
  const reheld: PresentedHold[] = [];
  const log = makeLog('spec', 'silent');
  const journal: AttemptJournal = new AttemptJournal(
    'journal',
    memory(() => endsThen && void settle.settle(ending(7n))),
  );
  const settle: SettleAttempt = new SettleAttempt(
    ({ holdId, costNanoUsd }) => {
      costs.push(costNanoUsd);
      return Promise.resolve({ holdId, outcome: 'settled' });
    },
    journal,
    log,
  );
  await journal.intent(ending(90n));
  const desk = {
    attempts: (ids: string[]) => Promise.resolve(ids.map(() => 'unknown' as const)),
    rehold: (holds: PresentedHold[]) => Promise.resolve(void reheld.push(...holds)),
  };
  const present = new PresentAttempts(desk, journal, settle, log);
  present.start();
  await vi.advanceTimersByTimeAsync(presentEveryMs + 10);
  await present.close();
  expect(costs).toEqual(settled);
  expect(reheld.map(({ holdId }) => holdId)).toEqual(held);
});
