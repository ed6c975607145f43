/** Statements of today, over lines that are kept as they were written: made again with their corrections, or named. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Statement } from '#contracts/statement.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import { readEntry } from '#domain/ledger/canonical-entry.js';
import { Corrections, correctionKinds, correctionOf } from '#domain/ledger/correction.js';
import { priceIndexOf } from '#domain/pricing/price-book.js';
import { PriceRow } from '#contracts/price.js';
import { draftStatement } from '#domain/savings/draft-statement.js';
import type { StatementWire } from '#domain/savings/statement-digest.js';
import { checkStatement } from './check-statements.js';
import { readPriceRows } from './read-export.js';
import { readLines } from './read-lines.js';

const dirs = [join(import.meta.dirname, 'ledger-v1')];
const size = 30n;
const entries = [...readLines(dirs, size, 0, Number(size))].map(({ line }) => readEntry(line));
const corrected = entries.flatMap((entry, index) => {
  const attemptId = correctionOf(entry)?.attemptId;
  return attemptId === undefined ? [] : [{ index, attemptId }];
});
const first = entries.findIndex(({ kind }) => (correctionKinds as string[]).includes(kind));
const stated = Statement.parse(entries.find(({ kind }) => kind === 'statement')!.body);

/** Over the first `toIndex` lines. */
function statementOver(toIndex: number): StatementWire {
  const lines = entries.slice(0, toIndex);
  const corrections = new Corrections();
  for (const line of lines) corrections.add(line);
  const [hash] = stated.priceBooks as [string];
  const rows = (readPriceRows(dirs, hash) as unknown[]).map((row) => PriceRow.parse(row));
  const { figures } = draftStatement({
    records: lines.flatMap((line) => callRecordOf(line) ?? []),
    ...{ organisation: 'acme', useCase: 'triage', mode: 'enforce', confidence: 0.95, corrections },
    baseline: { venue: 'north', model: 'large', tier: 'standard' },
    proposed: { venue: 'south', model: 'small', tier: 'standard' },
    priceBooks: new Map([[hash, priceIndexOf({ hash, rows })]]),
  });
  return Statement.encode({ ...stated, schema: 'o10.statement.v2', ...figures, toIndex });
}

function check(statement: StatementWire) {
  const found: string[] = [];
  const later = checkStatement(dirs, size, { index: 30, statement }, corrected, (_, what) => found.push(what));
  return { later, found };
}

test('with the corrections of its range, and knowing of those behind it', () => {
  expect(corrected).toHaveLength(3);
  const whole = statementOver(entries.length);
  expect(whole.corrections).toEqual({ lines: 3, differencePicoUsd: '7000' });
  expect(check(whole)).toEqual({ later: 0, found: [] });
  const early = statementOver(first);
  expect(early.corrections).toEqual({ lines: 0, differencePicoUsd: '0' });
  expect(check(early)).toEqual({ later: 3, found: [] });
});

test.each<[string, Partial<StatementWire>]>([
  ['corrections', { corrections: { lines: 3, differencePicoUsd: '-7000' } }],
  ['actualPicoUsd', { actualPicoUsd: '288000000' }],
  ['fullyLoaded', { fullyLoaded: { capacityPicoUsd: '0', failedAttemptsPicoUsd: '0', totalPicoUsd: '1' } }],
])('%s that its lines do not give is named', (figure, change) => {
  const { found } = check({ ...statementOver(entries.length), ...change });
  expect(found).toEqual([expect.stringContaining(`states ${figure} as`)]);
});

test('a statement of version 1 is made again as it was made', () => {
  expect(check(Statement.encode(stated))).toEqual({ later: 0, found: [] });
});
