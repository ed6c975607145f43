import { expect, test } from 'vitest';
import { seededDraws } from '../gate-false-clear/false-clear.js';
import { labelledCalls, terms } from './judge-bias.js';
import { deserving, flattered, type JudgedWorld, trueDifferences } from './judged-calls.js';
import { reportJudge } from './judge-report.js';
import { gateOnJudge, gateWithLabels, predictionPowered, rawJudge, type Rule } from './rules.js';

const clearedShare = (rule: Rule, world: JudgedWorld, calls = terms.calls, runs = 100) => {
  const draw = seededDraws(3);
  const cleared = Array.from({ length: runs }, () => rule.clears(labelledCalls(world, calls, draw), terms));
  return cleared.filter(Boolean).length / runs;
};

test('the worlds are what they are said to be', () => {
  const { people, judge } = trueDifferences(flattered);
  expect(people).toBeCloseTo(-0.107, 3);
  expect(judge).toBeCloseTo(0.007, 3);
  expect(trueDifferences(deserving).people).toBeCloseTo(0, 12);
  const drawn = labelledCalls(flattered, 100_000, seededDraws(1));
  const mean = drawn.reduce((sum, { truth }) => sum + truth.candidate - truth.baseline, 0) / drawn.length;
  expect(mean).toBeCloseTo(people, 2);
  expect(drawn.filter(({ labelled }) => labelled).length / drawn.length).toBeCloseTo(terms.probability, 2);
});

test('whoever trusts the judge clears a worse route; whoever asks for labels does not', () => {
  expect(clearedShare(rawJudge, flattered)).toBeGreaterThan(0.5);
  expect(clearedShare(gateOnJudge, flattered)).toBeGreaterThan(0.5);
  expect(clearedShare(predictionPowered, flattered)).toBeLessThan(0.05);
  expect(clearedShare(gateWithLabels, flattered)).toBeLessThan(0.05);
});

test('the experiment can fail: a candidate that deserves it is cleared with labels too', () => {
  expect(clearedShare(gateWithLabels, deserving, 8_000, 30)).toBeGreaterThan(0.8);
});

test("the judge's errors are corrected with the candidate's own labels, not with the baseline's", () => {
  const calls = labelledCalls(flattered, 40_000, seededDraws(2));
  const truth = calls.filter(({ truth: { candidate } }) => candidate === 1).length / calls.length;
  const own = reportJudge(calls, 'candidate');
  expect(Math.abs(own.corrected - truth)).toBeLessThan(0.03);
  expect(own.interval.lower).toBeLessThan(truth);
  expect(own.interval.upper).toBeGreaterThan(truth);
  expect(reportJudge(calls, 'baseline').corrected - truth).toBeGreaterThan(0.08);
});
