import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { PriceBook, type PriceRow } from '#contracts/price.js';
import { Snapshot } from '#contracts/snapshot.js';
import type { SnapshotParts } from '#contracts/snapshot-parts.js';
import { UseCase } from '#contracts/use-case.js';
import type { Verdict } from '#contracts/verdict.js';
import { judgeKeyOf } from '#domain/gate/judges/judge-key.js';
import { assembleSnapshot, clearancesOf } from '#domain/routing/assemble-snapshot.js';
import { suiteLineOf } from '#domain/suite/suite-line.js';
import { priceBookHashOf } from '#domain/pricing/price-book.js';
import { envelope, priceRow, route, venue, verdict } from '../../../postgres/src/admin/admin-fixture.spec-data.js';

const stamp = { version: 7, publishedAt: '2026-11-20T00:00:00.000Z', organisation: 'default' };
const suites = { triage: 'c'.repeat(64) };

const triage = (also: Partial<UseCase> = {}): UseCase => ({
  ...UseCase.parse({
    slug: 'triage',
    team: 'care',
    mode: 'shadow',
    baseline: 'north/large',
    candidates: ['north/small'],
    grader: { kind: 'exact', reference: 'suite' },
    floor: { absolute: 0.9 },
  }),
  ...also,
});

const book = (rows: PriceRow[]): PriceBook => ({ rows, hash: priceBookHashOf(PriceBook.shape.rows.encode(rows)) });

const parts = (also: Partial<SnapshotParts> = {}): SnapshotParts => ({
  venues: [venue('north')],
  routes: [route('north', 'large'), route('north', 'small')],
  models: { large: 'north/large' },
  prices: book([priceRow('north', 'large')]),
  useCases: [triage()],
  suites,
  verdicts: [],
  envelopes: [envelope('all')],
  ...also,
});

function assembled(also: Partial<SnapshotParts> = {}): Snapshot {
  const answer = assembleSnapshot(parts(also), stamp);
  if (answer.outcome === 'invalid') throw new Error(answer.problems.join());
  return Snapshot.parse(JSON.parse(answer.published.body));
}

const gateOf = (also: Partial<SnapshotParts> = {}) => assembled(also).useCases[0]!.gateHash;

test('equal parts give equal bytes, and the hash is of those bytes', () => {
  const [first, second] = [assembleSnapshot(parts(), stamp), assembleSnapshot(parts(), stamp)];
  expect(first).toEqual(second);
  if (first.outcome === 'invalid') throw new Error('invalid');
  expect(first.published.sha256).toBe(createHash('sha256').update(first.published.body).digest('hex'));
  expect(Snapshot.parse(JSON.parse(first.published.body)).prices.rows[0]?.ratePicoUsd).toBe(2_500_000n);
});

test('limits stay in the desk, and an installation without prices has an empty book', () => {
  const snapshot = assembled({ prices: null });
  expect(snapshot.envelopes).toEqual([{ id: 'all', scope: { kind: 'organisation' }, purpose: 'live' }]);
  expect(snapshot.prices).toEqual({ rows: [], hash: priceBookHashOf([]) });
});

const judgedBy = (route: string) => ({
  kind: 'judge' as const,
  route,
  compare: 'pairwise' as const,
  rubric: 'Right and complete answers score 10.',
});

test('another revision of the judge is another gate', () => {
  const gate = (revision: string) =>
    gateOf({
      useCases: [triage({ grader: judgedBy('north/judge') })],
      routes: [
        route('north', 'large'),
        route('north', 'small'),
        route('north', 'judge', { family: 'other', revision }),
      ],
    });
  expect(gate('1')).not.toBe(gate('2'));
});

test.each<[string, Partial<SnapshotParts>, string]>([
  ['a route without its venue', { venues: [] }, 'route north/large names the unknown venue north'],
  ['an alias of nothing', { models: { x: 'north/x' } }, 'model x means the unknown route north/x'],
  ['an unknown candidate', { useCases: [triage({ candidates: ['north/x'] })] }, 'names the unknown route north/x'],
  [
    'a baseline that is its own candidate',
    { useCases: [triage({ candidates: ['north/large'] })] },
    'as a candidate too',
  ],
  [
    'similarity that decides alone',
    { useCases: [triage({ grader: { kind: 'embedding', reference: 'suite', route: 'north/small' } })] },
    'never decides alone',
  ],
  [
    'a judge that is not there',
    { useCases: [triage({ grader: judgedBy('north/x') })] },
    'asks the unknown route north/x',
  ],
  [
    'a judge of the family it would grade',
    { useCases: [triage({ grader: judgedBy('north/small') })] },
    'is of the family of north/small',
  ],
  ['a suite that is not there', { suites: {} }, 'graded against its suite, and has none'],
  ['a price book under another hash', { prices: { rows: [], hash: 'd'.repeat(64) } }, 'its rows hash to'],
  [
    'two prices for one question',
    { prices: book([priceRow('north', 'large'), priceRow('north', 'large')]) },
    'contradicts itself',
  ],
  [
    'an envelope of no use case',
    { envelopes: [envelope('e', { scope: { kind: 'use_case', useCase: 'x' } })] },
    'envelope e covers an unknown use case',
  ],
])('%s is refused by name', (_, also, words) => {
  const answer = assembleSnapshot(parts(also), stamp);
  expect(answer.outcome === 'invalid' && answer.problems.join()).toContain(words);
});

test('a use case that is off needs no suite yet', () => {
  expect(assembled({ suites: {}, useCases: [triage({ mode: 'off' })] }).useCases).toHaveLength(1);
});

const twoVenues = {
  venues: [venue('north'), venue('south')],
  routes: [route('north', 'large'), route('south', 'small')],
};
const across = { ...twoVenues, useCases: [triage({ candidates: ['south/small'] })] };
/** A candidate at a venue of its own, cleared under the gate as declared; then something changes. */
const proofsAfter = (change: Partial<SnapshotParts>) =>
  assembled({ ...across, verdicts: [verdict(gateOf(across), { candidate: 'south/small' })], ...change }).clearances
    .length;
const declared = (also: Partial<UseCase>) => ({ useCases: [triage({ candidates: ['south/small'], ...also })] });
const { gate: terms } = triage();

test.each<[string, Partial<SnapshotParts>, 'gate' | 'candidate']>([
  ['the floor', declared({ floor: { absolute: 0.91 } }), 'gate'],
  ['a margin beside the floor', declared({ floor: { absolute: 0.9, nonInferiorMargin: 0.03 } }), 'gate'],
  ['the terms', declared({ gate: { ...terms, slots: 6 } }), 'gate'],
  ['the grader', declared({ grader: { kind: 'exact', reference: 'suite', ignoreCase: false } }), 'gate'],
  ['the suite', { suites: { triage: 'd'.repeat(64) } }, 'gate'],
  ['the prompt template', declared({ promptTemplate: 'triage v2' }), 'gate'],
  ['the baseline', declared({ baseline: 'north/other' }), 'gate'],
  [
    'the revision of the baseline',
    { routes: [route('north', 'large', { revision: '2' }), route('south', 'small')] },
    'gate',
  ],
  ['where the baseline is', { venues: [venue('north', { moves: 1 }), venue('south')] }, 'gate'],
  [
    'the revision of the candidate',
    { routes: [route('north', 'large'), route('south', 'small', { revision: '2' })] },
    'candidate',
  ],
  ['where the candidate is', { venues: [venue('north'), venue('south', { moves: 1 })] }, 'candidate'],
  ['where it is, again', { venues: [venue('north'), venue('south', { moves: 2 })] }, 'candidate'],
])('changing %s starts evidence anew', (what, change, of) => {
  const routes = what === 'the baseline' ? { routes: [...twoVenues.routes, route('north', 'other')] } : {};
  const changed = { ...across, ...routes, ...change };
  expect(proofsAfter({})).toBe(1);
  expect(proofsAfter(changed)).toBe(0);
  expect(gateOf(changed) === gateOf(across)).toBe(of === 'candidate');
});

test('a venue that moved has routes at another revision each time, and a judge there is another judge', () => {
  const at = (moves?: number) => assembled({ ...across, venues: [venue('north', { moves }), venue('south')] }).routes;
  expect(at()[0]!.revision).toBe('2026-10-01');
  expect(at(1)[0]!.revision).toBe('2026-10-01, move 1');
  expect(at(2)[1]!.revision).toBe('2026-10-01');
  const judged = (moves?: number) =>
    gateOf({
      venues: [venue('north'), venue('court', { moves })],
      routes: [route('north', 'large'), route('north', 'small'), route('court', 'judge', { family: 'other' })],
      useCases: [triage({ grader: judgedBy('court/judge') })],
    });
  expect(judged(1)).not.toBe(judged());
});

test('changing what was not declared to the gate is the same gate', () => {
  expect(gateOf({ useCases: [triage({ mode: 'enforce', samplingShare: 1, rampShare: 1 })] })).toBe(gateOf());
});

const clearedBy = (also: Partial<SnapshotParts>) =>
  assembled({ verdicts: [verdict(gateOf())], ...also }).clearances.map(({ freshUntil, expiresAt }) => ({
    freshUntil,
    expiresAt,
  }));
const small = { candidate: 'north/small', revision: '2026-10-01' };

test('a proof is fresh for seven days after its candidate was last observed under its gate and revision', () => {
  const observed = { gate: gateOf(), ...small, observedAt: '2026-11-20T00:00:00.000Z' };
  expect(clearedBy({ observed: [observed] })).toMatchObject([{ freshUntil: '2026-11-27T00:00:00.000Z' }]);
  expect(clearedBy({ observed: [{ ...observed, revision: 'other' }] })).toMatchObject([{ freshUntil: undefined }]);
});

test('a name that floats proves nothing for longer than a week', () => {
  const floating = { routes: [route('north', 'large'), route('north', 'small', { floating: true })] };
  expect(clearedBy({})).toMatchObject([{ expiresAt: '2026-12-01T00:00:00.000Z' }]);
  expect(clearedBy(floating)).toMatchObject([{ expiresAt: '2026-11-08T00:00:00.000Z' }]);
});

test('a replay of the suite that failed after the proof takes it away; one before it, or of another revision, does not', () => {
  const failed = (also: Partial<Verdict>) =>
    clearedBy({
      verdicts: [
        verdict(gateOf()),
        verdict(suiteLineOf(gateOf()), { verdict: 'failed', decidedAt: '2026-01-02T00:00:00.000Z', ...also }),
      ],
    });
  expect(failed({})).toEqual([]);
  expect(failed({ decidedAt: '2025-12-31T00:00:00.000Z' })).toHaveLength(1);
  expect(failed({ revision: 'other' })).toHaveLength(1);
  expect(failed({ verdict: 'cleared' })).toHaveLength(1);
});

test('the share drawn is the declared one, else the one planned for this gate, else that of the bootstrap', () => {
  const gate = gateOf();
  const drawn = (plannedGate: string, declared: number | null = null) =>
    assembled({
      useCases: [triage({ samplingShare: declared })],
      plannedShares: { triage: { gate: plannedGate, share: 0.03, shareBy: 'spend' } },
    }).useCases[0]?.samplingShare;
  expect([drawn(gate), drawn('f'.repeat(64)), drawn(gate, 0.5)]).toEqual([0.03, 0.2, 0.5]);
});

test('where a judge decides, a verdict clears nothing until the judge has passed its test', () => {
  const grader = judgedBy('north/judge');
  const judged = {
    useCases: [triage({ grader })],
    routes: [route('north', 'large'), route('north', 'small'), route('north', 'judge', { family: 'other' })],
  };
  const verdicts = [verdict(gateOf(judged))];
  expect(clearancesOf(parts({ ...judged, verdicts }))).toHaveLength(0);
  const { gateCovers } = assembled(judged).useCases[0]!;
  const admittedJudges = [`triage|${judgeKeyOf(grader, gateCovers?.judges ?? [])}`];
  expect(clearancesOf(parts({ ...judged, verdicts, admittedJudges }))).toHaveLength(1);
});

const later = { id: '01900000-0000-7000-8000-000000000002', decidedAt: '2026-01-02T00:00:00.000Z' };

test.each<[string, (gate: string) => Verdict[], number]>([
  ['a cleared verdict clears', (gate) => [verdict(gate)], 1],
  ['undecided does not', (gate) => [verdict(gate, { verdict: 'undecided' })], 0],
  ['a later failure takes it back', (gate) => [verdict(gate), verdict(gate, { ...later, verdict: 'failed' })], 0],
  ['whatever their order', (gate) => [verdict(gate, { ...later, verdict: 'failed' }), verdict(gate)], 0],
  ['of another gate it says nothing', () => [verdict('e'.repeat(64))], 0],
  ['nor about another revision', (gate) => [verdict(gate, { revision: 'older' })], 0],
  ['nor about a route that is no candidate', (gate) => [verdict(gate, { candidate: 'north/large' })], 0],
  ['nor about another baseline', (gate) => [verdict(gate, { baseline: 'north/small' })], 0],
  ['an expired one stays, with its expiry', (gate) => [verdict(gate, { expiresAt: '2026-01-03T00:00:00.000Z' })], 1],
])('clearance: %s', (_, verdicts, count) => {
  expect(clearancesOf(parts({ verdicts: verdicts(gateOf()) }))).toHaveLength(count);
});

test('what enforcing a proof has come to is published with it; a demotion takes it back, another proof is another', () => {
  const proof = verdict(gateOf(), { id: '01900000-0000-7000-8000-00000000000a' });
  const enforced = { verdict: proof.id, rampShare: 0.25, scoredShare: 0.5, warned: true, demotedAt: null };
  expect(assembled({ verdicts: [proof] }).clearances[0]).not.toHaveProperty('enforcement');
  expect(assembled({ verdicts: [proof], enforcements: { [proof.id]: enforced } }).clearances).toMatchObject([
    { verdict: proof.id, enforcement: { rampShare: 0.25, scoredShare: 0.5, warned: true } },
  ]);
  const enforcements = { [proof.id]: { ...enforced, demotedAt: '2026-11-20T00:00:00.000Z' } };
  expect(assembled({ verdicts: [proof], enforcements }).clearances).toEqual([]);
  const again = { ...proof, id: '01900000-0000-7000-8000-00000000000b', decidedAt: '2026-11-21T00:00:00.000Z' };
  expect(assembled({ verdicts: [proof, again], enforcements }).clearances).toMatchObject([{ verdict: again.id }]);
});
