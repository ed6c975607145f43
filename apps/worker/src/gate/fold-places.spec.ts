import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GateTerms } from '#contracts/use-case.js';
import { freshGateState } from '#domain/gate/gate-state.js';
import type { EvidencePlace } from '#postgres/evidence/evidence-line.store.js';
import { foldPlaces } from './fold-places.js';

const fresh = freshGateState({ absolute: 0.9, nonInferiorMargin: 0.05 }, GateTerms.parse({}));
const place = (position: number, also: Partial<EvidencePlace> = {}): EvidencePlace => ({
  position,
  ageMs: 0,
  admittedAtMs: 1_000 + position,
  missing: false,
  state: 'scored',
  scoreCandidate: 1,
  scoreBaseline: 1,
  unjudged: false,
  ...also,
});
const held = (position: number, also: Partial<EvidencePlace> = {}) =>
  place(position, { state: 'claimed', scoreCandidate: null, scoreBaseline: null, ...also });
const empty = (position: number, state: 'void' | null = 'void') => held(position, { state });
const histograms = (result: { state: typeof fresh }) => result.state.criteria.map(({ histogram }) => histogram);
const timeout = 100;

describe('what becomes of a place decides whether the line moves', () => {
  test.each<[string, EvidencePlace[], { next: number; folded: number; missing: number[]; unanswered: number[] }]>([
    ['nothing there', [], { next: 1, folded: 0, missing: [], unanswered: [] }],
    ['scored', [place(1), place(2)], { next: 3, folded: 2, missing: [], unanswered: [] }],
    ['void observes nothing', [empty(1), place(2)], { next: 3, folded: 1, missing: [], unanswered: [] }],
    [
      'no candidate then observes nothing',
      [empty(1, null), place(2)],
      { next: 3, folded: 1, missing: [], unanswered: [] },
    ],
    ['a part under way holds', [place(1), held(2), place(3)], { next: 2, folded: 1, missing: [], unanswered: [] }],
    [
      'a part under way too long counts',
      [held(1, { ageMs: timeout }), place(2)],
      { next: 3, folded: 2, missing: [], unanswered: [1] },
    ],
    [
      'a place unseen holds',
      [place(1), place(3, { ageMs: timeout - 1 })],
      { next: 2, folded: 1, missing: [], unanswered: [] },
    ],
    [
      'a place unseen since long counts',
      [place(1), place(3, { ageMs: timeout })],
      { next: 4, folded: 3, missing: [2], unanswered: [] },
    ],
    [
      'any later place ages the gap',
      [place(3), place(4, { ageMs: timeout })],
      { next: 5, folded: 4, missing: [1, 2], unanswered: [] },
    ],
    [
      'a closed place counts at once',
      [place(1, { missing: true, state: null })],
      { next: 2, folded: 1, missing: [], unanswered: [] },
    ],
  ])('%s', (_, places, expected) => {
    const { nextPosition: next, folded, missing, unanswered } = foldPlaces(fresh, 1, places, timeout);
    const positions = (all: { position: number }[]) => all.map(({ position }) => position);
    expect({ next, folded, missing: positions(missing), unanswered: positions(unanswered) }).toEqual(expected);
  });

  test('what nobody knows speaks against the candidate on both criteria', () => {
    expect(histograms(foldPlaces(fresh, 1, [place(2, { ageMs: timeout, scoreCandidate: 0.5 })], timeout))).toEqual([
      [
        [0, 1],
        [0.5, 1],
      ],
      [
        [0, 1],
        [0.25, 1],
      ],
    ]);
  });
});

const anyPlaces = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 2 }),
      state: fc.constantFrom('open', 'claimed', 'scored', 'void', null),
      ageMs: fc.integer({ min: 0, max: 2 * timeout }),
      score: fc.constantFrom(0, 0.25, 1),
    }),
    { maxLength: 20 },
  )
  .map((drawn) => {
    let position = 0;
    return drawn.map(({ gap, state, ageMs, score }) => {
      position += gap + 1;
      return place(position, { state, ageMs, scoreCandidate: score, scoreBaseline: 1 });
    });
  });

test('folding in two looks equals folding in one', () => {
  fc.assert(
    fc.property(anyPlaces, fc.integer({ min: 0, max: 20 }), (places, cut) => {
      const whole = foldPlaces(fresh, 1, places, timeout);
      // The first look sees fewer places, and so never waits less than the whole.
      const first = foldPlaces(fresh, 1, places.slice(0, cut), timeout);
      expect(first.nextPosition).toBeLessThanOrEqual(whole.nextPosition);
      const second = foldPlaces(
        first.state,
        first.nextPosition,
        places.filter(({ position }) => position >= first.nextPosition),
        timeout,
      );
      expect(second.state).toEqual(whole.state);
      expect(second.nextPosition).toBe(whole.nextPosition);
      expect([...first.missing, ...second.missing]).toEqual(whole.missing);
    }),
  );
});

test('a part no judge has judged neither clears nor fails, whatever stands as its scores', () => {
  const silent = foldPlaces(fresh, 1, [place(1), place(2, { scoreCandidate: 0, unjudged: true })], timeout);
  for (const { histogram, unjudged } of silent.state.criteria)
    expect({ histogram, unjudged }).toEqual({ histogram: [[expect.any(Number), 1]], unjudged: 1 });
});
