import { expect, test } from 'vitest';
import type { CallRecordWire } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';
import { sampleCall, sampleEntry, sampleId, samplePrices } from '../../../../test/support/sample-entries.js';
import { entryBytes } from './canonical-entry.js';
import { ledgerTree } from './ledger-tree.js';
import { LineAudit } from './line-audit.js';

/** After the line that names the prices, which is line 0. */
const auditOf = (entries: Entry[]) => {
  const audit = new LineAudit();
  audit.add(0, entryBytes(samplePrices()));
  return { audit, problems: entries.map((entry, i) => audit.add(i + 1, entryBytes(entry)).problems) };
};

test('sums by use case, live calls and evaluation apart', () => {
  const failed = { costBasis: 'estimated' as const, final: false, useCase: 'support' };
  const { audit, problems } = auditOf([
    sampleEntry(2),
    sampleEntry(4, { ...failed, kind: 'attempt' }),
    // As ledgers before 'attempt' was written have it.
    sampleEntry(10, failed),
    sampleEntry(6, { kind: 'judge', costPicoUsd: '2560000000' }),
    sampleEntry(1, { chargePicoUsd: '7' }),
    sampleEntry(8, { costBasis: 'unpriced', costPicoUsd: '0', chargePicoUsd: '0', lines: [] }),
  ]);
  expect(problems).toEqual([[], [], [], [], [], []]);
  expect(audit.kinds).toEqual({ price_version: 1, call: 4, attempt: 1, judge: 1 });
  const rest = { evaluations: 0, evaluationCostPicoUsd: '0', estimated: 0, unpriced: 0 };
  expect(audit.totals()).toEqual({
    search: { ...rest, calls: 1, attempts: 1, costPicoUsd: '2510000000', chargePicoUsd: '7' },
    support: {
      calls: 2,
      attempts: 4,
      costPicoUsd: '7660000000',
      chargePicoUsd: '7660000000',
      evaluations: 1,
      evaluationCostPicoUsd: '2560000000',
      estimated: 2,
      unpriced: 1,
    },
  });
});

test('an attempt that did not end its call cannot say it did', () => {
  const [[problem] = []] = auditOf([sampleEntry(5, { kind: 'attempt' })]).problems;
  expect(problem).toContain('says it ended its call');
});

const line = (changes: object) => ({ lines: [{ ...sampleCall(3).lines[0]!, ...changes }] });
test.each<[string, Partial<CallRecordWire>, string]>([
  [
    'a product is wrong',
    { costBasis: 'estimated', ...line({ costPicoUsd: '1' }) },
    '1000 × 2500000 is 2500000000 pico-USD, not 1',
  ],
  ['a sum is wrong', { costPicoUsd: '2530000001' }, 'sum to 2530000000 pico-USD, its cost is 2530000001'],
  ['nothing has a cost', { costBasis: 'none', lines: [] }, 'nothing was bought, yet its cost is 2530000000'],
])('%s', (_, changes, message) => {
  expect(auditOf([sampleEntry(3, changes)]).problems).toEqual([[expect.stringContaining(message)]]);
});

test('an attempt is settled once, and counted once', () => {
  const again = { ...sampleEntry(5, { kind: 'hold_expiry' }), id: sampleId(99) };
  const { audit, problems } = auditOf([sampleEntry(5), again, sampleEntry(5)]);
  const twice = `attempt ${sampleId(5)} was settled before, by line 1`;
  expect(problems).toEqual([[], [twice], [twice]]);
  expect(audit.totals()['search']).toMatchObject({ attempts: 1, costPicoUsd: '2550000000' });
});

test('lines of another log, records of another kind and bodies that are none are named', () => {
  const { problems } = auditOf([
    sampleEntry(1),
    sampleEntry(2, {}, 'other'),
    { ...sampleEntry(3), kind: 'judge' },
    { ...sampleEntry(4), body: { useCase: 'support' } },
    { ...sampleEntry(5), kind: 'approval', body: {} },
  ]);
  expect(problems).toEqual([
    [],
    ['belongs to log other, not acme'],
    ['a line of kind judge holds a record of call'],
    [expect.stringContaining('not a call record: schema')],
    [expect.stringContaining('not the body of approval: subject')],
  ]);
  expect(() => ledgerTree.entryBytes({ ...sampleEntry(4), body: {} })).toThrow('not a call record');
});

test('a proof lapses that some line gave, and not later than it said', () => {
  const line = (kind: Entry['kind'], id: string, body: Entry['body']): Entry => ({ ...samplePrices(), kind, id, body });
  const about = { useCase: 'support', candidate: 'openai/small' };
  const given = line('verdict', sampleId(1), { ...about, verdict: 'cleared', expiresAt: '2026-12-01T00:00:00.000Z' });
  const lapse = (verdict: string, expiredAt: string) =>
    line('certificate_expiry', verdict, { schema: 'o10.certificate_expiry.v1', ...about, verdict, expiredAt });
  const early = lapse(sampleId(1), '2026-11-27T00:00:00.000Z');
  const late = lapse(sampleId(1), '2026-12-02T00:00:00.000Z');
  const stranger = lapse(sampleId(2), '2026-11-27T00:00:00.000Z');
  expect(auditOf([given, early]).problems).toEqual([[], []]);
  expect(auditOf([given, late]).problems[1]).toEqual([expect.stringContaining('it said 2026-12-01')]);
  expect(auditOf([given, stranger]).problems[1]).toEqual([expect.stringContaining('no line before holds that')]);
});

test('a correction is taken back once, and as it was made', () => {
  const of = { attemptId: sampleId(5), callId: sampleId(5), useCase: 'search' };
  const places = [{ envelope: 'acme', window: '2026-11' }];
  const correction = (
    kind: 'adjustment' | 'reversal',
    n: number,
    pico: string,
    nano: string,
    also: object = {},
  ): Entry => ({
    ...{ ...samplePrices(), kind, id: sampleId(n) },
    body: {
      ...{ schema: `o10.${kind}.v1`, ...of, differencePicoUsd: pico, envelopes: places, differenceNanoUsd: nano },
      ...{ reason: 'as reported', ...also },
    },
  });
  const reverses = (n: number) => ({ reverses: { kind: 'adjustment', id: sampleId(n) } });
  const made = correction('adjustment', 50, '-2500', '-2');
  const back = correction('reversal', 51, '2500', '2', reverses(50));
  const { audit, problems } = auditOf([sampleEntry(5), made, back]);
  expect(problems).toEqual([[], [], []]);
  expect(audit.totals()['search']?.costPicoUsd).toBe(sampleCall(5).costPicoUsd);
  const problemOf = (...lines: Entry[]) => auditOf([sampleEntry(5), ...lines]).problems.at(-1);
  expect(problemOf(made, back, { ...back, id: sampleId(52) })).toEqual([expect.stringContaining('a second time')]);
  expect(problemOf(back)).toEqual([expect.stringContaining('no line before holds that')]);
  for (const [pico, nano] of [
    ['2501', '2'],
    ['2500', '3'],
    ['-2500', '-2'],
  ] as const)
    expect(problemOf(made, correction('reversal', 51, pico, nano, reverses(50)))).toEqual([
      expect.stringContaining('as it was made'),
    ]);
  const elsewhere = { ...reverses(50), envelopes: [{ envelope: 'other', window: '2026-11' }] };
  expect(problemOf(made, correction('reversal', 51, '2500', '2', elsewhere))).toHaveLength(1);
});
