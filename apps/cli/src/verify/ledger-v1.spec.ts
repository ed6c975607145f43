/**
 * An exported ledger as version 1 wrote it, with a line of every kind. Its bytes are never written again: whoever reads
 * ledgers reads these, and says the same of them for ever.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryKinds } from '#contracts/entry.js';
import { spendOfLines } from '#domain/envelope/spend-of-lines.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import { readEntry } from '#domain/ledger/canonical-entry.js';
import { Corrections } from '#domain/ledger/correction.js';
import { bodyProblem, unknownOf } from '#domain/ledger/entry-body.js';
import { checksumsByDay, RollUp } from '#domain/ledger/roll-up.js';
import { readLines } from './read-lines.js';
import { verifyLedger } from './verify-ledger.js';

const dir = join(import.meta.dirname, 'ledger-v1');
const size = 30;
const key = 'o10.example/acme+952c84b3+ASe9NknAQG4Y9JIj5AmNiyUfSZeOXtFpdTZBsXRVS5Ia';
const entries = () => [...readLines([dir], BigInt(size), 0, size)].map(({ line }) => readEntry(line));

test('it verifies under the key that signed it, statements made again, and holds every kind', async () => {
  const report = await verifyLedger(dir, { keys: [key] });
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({
    ...{ ok: true, size, columnsCompared: size, statements: 1, unknown: {} },
    root: '06af3f470c778417893396d2cf5ae64577d4bfb23115bec05a21960a1560f9b2',
    totals: {
      triage: {
        ...{ calls: 5, attempts: 7, costPicoUsd: '288084000', chargePicoUsd: '288077000' },
        ...{ evaluations: 2, evaluationCostPicoUsd: '279000000', estimated: 1, unpriced: 0 },
      },
    },
  });
  // A kind that is new now is of version 1 too, and its first lines belong here.
  expect(Object.keys(report.kinds).sort()).toEqual([...entryKinds].sort());
});

test('every reader understands every line', () => {
  const records = entries().flatMap((entry) => {
    expect([unknownOf(entry), bodyProblem(entry)]).toEqual([null, null]);
    return callRecordOf(entry) ?? [];
  });
  // An attempt that ended no call was a call that was not final before it was an attempt.
  const unfinished = records.filter(({ final }) => !final).map(({ kind }) => kind);
  expect([records.length, unfinished]).toEqual([9, ['attempt', 'call']]);
  const corrections = new Corrections();
  for (const entry of entries()) corrections.add(entry);
  const [taken, stands] = records.map(({ attemptId }) => corrections.of(attemptId)).filter((one) => one !== null);
  expect(taken).toMatchObject({ lines: 2, differencePicoUsd: 0n, reported: false });
  expect(stands).toMatchObject({ lines: 1, differencePicoUsd: 7_000n, reported: true });
});

test('sums come out as they did', () => {
  const sums = new RollUp();
  for (const entry of entries()) sums.addEntry(entry);
  expect(Object.fromEntries(checksumsByDay(sums.rows()))).toEqual({
    '2026-11-20': 'bfc8df44399b76722ffda2dfce34f11cee2ef10320fe4e6db134fab47b373181',
    '2026-11-21': '6c9d561ef98da8fe917ba1da8c40d8c3b0f68fedef40fcf45405012c64d23b73',
  });
  const { spent, positions } = spendOfLines(entries());
  expect(spent).toEqual([{ envelope: 'triage', window: '2026-11', nanoUsd: 77n }]);
  expect([...positions.values()]).toEqual([101, 3]);
});
