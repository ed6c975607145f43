/** Of what a process held that is gone, only what it never sent is given back. */
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CallRecord } from '#contracts/call-record.js';
import type { OpenHold, Settlement } from '#contracts/envelope-desk.js';
import { routingIndexOf } from '#domain/routing/routing-index.js';
import { noon as nowMs, snapshot } from '#domain/routing/snapshot.spec-data.js';
import { makeLog } from '#runtime/log.js';
import { AttemptJournal } from './attempt-journal.js';
import { leftBehind } from './read-journal.js';
import { releaseUnsent } from './release-unsent.js';

const index = routingIndexOf(snapshot());
const envelopes = [{ envelope: 'org', window: '2026-11' }];

const held = (holdId: string): OpenHold => {
  return { holdId, callId: holdId, amountNanoUsd: 77n, envelopes, expiresAtMs: nowMs };
};

/** Its process dies; returns its attempts: intended, ended and recorded, held only. */
async function dead(directory: string, intends: boolean) {
  const journal = new AttemptJournal(directory);
  const [intended, recorded, unsent] = [1, 2, 3].map((n) => journal.newAttemptId(nowMs + n)) as [
    string,
    string,
    string,
  ];
  const intent = (holdId: string): Settlement => ({ holdId, costNanoUsd: 77n, envelopes, record: '{}' });
  if (intends) {
    await Promise.all([journal.intent(intent(intended)), journal.intent(intent(recorded))]);
    await journal.ending({ ...intent(recorded), costNanoUsd: 1n });
    journal.recorded([recorded]);
  }
  await journal.intent({ ...intent('other'), envelopes: [] });
  journal.recorded(['other']);
  for (const name of readdirSync(directory)) renameSync(join(directory, name), join(directory, `999999999-${name}`));
  return { intended, recorded, unsent };
}

async function released(directory: string, open: string[], epoch: number | null = 1) {
  const settled: Settlement[] = [];
  const done = await releaseUnsent(
    {
      desk: { epoch: () => Promise.resolve(epoch), openHolds: () => Promise.resolve(open.map(held)) },
      snapshot: { current: () => index },
      settle: { settle: (one) => Promise.resolve(settled.push(one) > 0) },
      log: makeLog('spec', 'silent'),
    },
    await leftBehind(directory),
    nowMs,
  );
  return { done, settled };
}

function journalDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'o10-unsent-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a hold without an intent expires to nothing; one with an intent, and one of a stranger, stay', async () => {
  const directory = journalDirectory();
  const { intended, recorded, unsent } = await dead(directory, true);
  const stranger = new AttemptJournal(journalDirectory()).newAttemptId(nowMs);
  const open = [intended, recorded, unsent, stranger];
  expect(await released(directory, open, null)).toEqual({ done: false, settled: [] });
  const { done, settled } = await released(directory, open);
  expect(done).toBe(true);
  expect(settled.map(({ holdId, costNanoUsd }) => [holdId, costNanoUsd])).toEqual([[unsent, 0n]]);
  expect(CallRecord.parse(JSON.parse(settled[0]?.record ?? ''))).toMatchObject({
    kind: 'hold_expiry',
    attemptId: unsent,
    costBasis: 'none',
    costPicoUsd: 0n,
    heldNanoUsd: 77n,
    envelopes,
  });
});

test('so does the hold of a process that died before its first intent', async () => {
  const directory = journalDirectory();
  const { unsent } = await dead(directory, false);
  expect((await released(directory, [unsent])).settled.map(({ holdId }) => holdId)).toEqual([unsent]);
});
