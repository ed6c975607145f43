import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Floor } from '#contracts/use-case.js';
import { demotionHolds, foldTrace, freshTrace, wordOfTrace } from './drift-trace.js';
import { type Canary, enforceCall, enforceCanary, type EnforceEvent, freshEnforceState } from './enforce-state.js';
import { driftEvidence } from './statistics/change-detection.js';

const right: Canary = { candidate: 1, baseline: null, valid: null };
const wrong: Canary = { candidate: 0, baseline: null, valid: null };

function fold(canaries: Canary[], floor: Floor = { absolute: 0.9 }) {
  let state = freshEnforceState(floor);
  const events: (EnforceEvent & { at: number })[] = [];
  canaries.forEach((canary, at) => {
    const step = enforceCanary(state, canary);
    state = step.state;
    events.push(...step.events.map((event) => ({ ...event, at })));
  });
  return { state, events };
}
const times = (count: number, canary: Canary) => Array.from({ length: count }, () => canary);
const said = ({ events }: ReturnType<typeof fold>) => events.map(({ kind, at }) => `${kind} ${at + 1}`);

describe('the ramp', () => {
  test('5 → 25 → 100 %, each after 100 canaries, and no further', () => {
    const { state, events } = fold(times(500, right));
    expect(events).toEqual([
      { kind: 'ramp', from: 0.05, to: 0.25, canaries: 100, at: 99 },
      { kind: 'ramp', from: 0.25, to: 1, canaries: 100, at: 199 },
    ]);
    expect(state.rampShare).toBe(1);
  });

  test('a warning starts the count again', () => {
    const warned = fold([...times(50, right), ...times(4, wrong), ...times(99, right)]);
    const warning = warned.events.find(({ kind }) => kind === 'warning');
    expect(warning).toBeDefined();
    expect(warned.events.filter(({ kind }) => kind === 'ramp')).toEqual([]);
    expect(said(fold(times(153, right)))).toEqual(['ramp 100']);
  });
});

describe('alarms', () => {
  test('always wrong: a warning, then a demotion, and then nothing more', () => {
    const run = fold(times(50, wrong));
    expect(run.events.map(({ kind }) => kind)).toEqual(['warning', 'demotion']);
    expect(run.state.demoted).toBe(true);
    expect(said(fold(times(80, wrong)))).toEqual(said(run));
  });

  test('non-inferiority and regressions are seen on pairs alone, and demote while the floor holds', () => {
    const floor: Floor = { absolute: 0.5, nonInferiorMargin: 0.03, regressionShareMax: 0.05 };
    const worse: Canary = { candidate: 0.6, baseline: 1, valid: null };
    const run = fold([...times(30, { ...worse, baseline: null }), ...times(200, worse)], floor);
    expect(run.events.at(-1)).toMatchObject({ kind: 'demotion', detector: { kind: 'non_inferior' } });
    expect(run.state.detectors.find(({ kind }) => kind === 'absolute')?.canaries).toBe(run.events.at(-1)!.at + 1);
    const broken = fold(times(40, { candidate: 0.5, baseline: 1, valid: null }), { ...floor, absolute: 0.1 });
    expect(broken.events.at(-1)).toMatchObject({ kind: 'demotion' });
  });

  test('answers of the wrong form demote at 1,000, whatever they score', () => {
    const run = fold(times(5, { candidate: 1, baseline: null, valid: false }));
    expect(run.events.at(-1)).toMatchObject({ kind: 'demotion', detector: { kind: 'schema', floor: 0.99 } });
  });

  test('two failures in a row demote, one among a thousand answers does not; calls move no ramp', () => {
    let state = freshEnforceState({ absolute: 0.9 });
    const call = (answered: boolean) => {
      const step = enforceCall(state, answered);
      state = step.state;
      return step.events.map(({ kind }) => kind);
    };
    for (let at = 0; at < 1_000; at++) expect(call(at !== 500)).toEqual([]);
    expect(state.sinceStep).toBe(0);
    expect([...call(false), ...call(false)]).toEqual(['demotion']);
  });
});

describe('the trace', () => {
  const anyScores = fc.array(fc.constantFrom(0, 1, 0.5, 0.25), { minLength: 1, maxLength: 200 });

  test('whoever folds its scores again stands where it stands', () => {
    fc.assert(
      fc.property(anyScores, (scores) => {
        const trace = scores.reduce(foldTrace, freshTrace('absolute', 0.6));
        const again = trace.scores.flatMap(([x, count]) => Array.from({ length: count }, () => x));
        expect(again).toEqual(scores);
        expect(again.reduce(foldTrace, freshTrace('absolute', 0.6)).detectors).toEqual(trace.detectors);
      }),
    );
  });

  test('a long one forgets its oldest scores, and still amounts to what it says', () => {
    let trace = freshTrace('absolute', 0.6);
    for (let at = 0; at < 5_000; at++) trace = foldTrace(trace, at % 2 === 0 ? 1 : 0.3);
    expect(trace.scores.length).toBeLessThanOrEqual(2_000);
    expect(trace.since.canaries + trace.scores.reduce((sum, [, count]) => sum + count, 0)).toBe(5_000);
    while (wordOfTrace(trace) !== 'demoted') trace = foldTrace(trace, 0);
    const demotion = { detector: trace, threshold: 5_000, evidence: driftEvidence(trace) };
    expect(demotionHolds(demotion)).toBe(true);
    expect(demotionHolds({ ...demotion, threshold: 1 })).toBe(false);
    expect(demotionHolds({ ...demotion, detector: { ...trace, scores: trace.scores.slice(0, -1) } })).toBe(false);
    expect(JSON.stringify(trace).length).toBeLessThan(60_000);
  });
});
