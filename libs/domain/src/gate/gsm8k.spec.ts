import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Floor, GateTerms } from '#contracts/use-case.js';
import { foldScore } from './fold-score.js';
import { lnThresholdOf } from './alpha-ledger.js';
import { freshGateState, type GateState } from './gate-state.js';
import { gradeAnswer } from './graders/grade-answer.js';
import { lnEvidence, lnEvidenceOfHistogram, mirrorOf } from './grid-e-process.js';
import { verdictOf } from './verdict-of.js';

const data = join(import.meta.dirname, '../../../../../shared/data');
const traffic = join(data, 'traffic/gsm8k');
const recorded = existsSync(traffic);
if (!recorded) console.warn(`SKIPPED: recorded GSM8K answers are not at ${traffic}`);

/** File of recorded answers → name in ZeroEval's published table. */
const models = {
  'Llama-3.1-405B-Instruct-Turbo': 'Llama-3.1-405B-Inst-fp8@together',
  'Meta-Llama-3.1-405B-Instruct_hyperbolic': 'Llama-3.1-405B-Inst@hyperbolic',
  'Llama-3.1-405B-Inst_sambanova': 'Llama-3.1-405B-Inst@sambanova',
  'Meta-Llama-3-8B-Instruct': 'Meta-Llama-3-8B-Instruct',
  'claude-3-5-haiku-20241022': 'claude-3-5-haiku-20241022',
  'claude-3-haiku-20240307': 'claude-3-haiku-20240307',
  'gemini-1.5-flash': 'gemini-1.5-flash',
  'gpt-3.5-turbo-0125': 'gpt-3.5-turbo-0125',
  'gpt-4o-2024-08-06': 'gpt-4o-2024-08-06',
  'gpt-4o-mini-2024-07-18': 'gpt-4o-mini-2024-07-18',
};
const fileOf = (tagged: string) => tagged.replace('@', '_');

interface Answered {
  id: string;
  output: string;
  correct: boolean;
}
const lines = (file: string) =>
  gunzipSync(readFileSync(join(traffic, `${file}.jsonl.gz`)))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const expectedOf = new Map<string, string>(recorded ? lines('questions').map(({ id, answer }) => [id, answer]) : []);
const grade = (row: Answered) =>
  gradeAnswer(
    { kind: 'numeric', reference: 'suite' },
    { answer: row.output, expected: expectedOf.get(row.id), baselineAnswer: null },
  );
const scored = new Map<string, number[]>();
const scoresOf = (file: string): number[] => {
  const known = scored.get(file) ?? lines(file).map((row) => (grade(row) as { score: number }).score);
  scored.set(file, known);
  return known;
};

describe.skipIf(!recorded)('recorded GSM8K answers', () => {
  const published: { Model: string; Acc: string; Total: number }[] = recorded
    ? JSON.parse(readFileSync(join(traffic, 'published-summary.json'), 'utf8'))
    : [];

  test.each(Object.entries(models))('%s: every recorded verdict and the published accuracy of %s', (file, name) => {
    const rows: Answered[] = lines(file);
    expect(rows).toHaveLength(1319);
    const disagreeing = rows.filter((row, place) => scoresOf(file)[place] !== (row.correct ? 1 : 0));
    expect(disagreeing.map((row) => row.id)).toEqual([]);
    const right = scoresOf(file).reduce((sum, score) => sum + score, 0);
    expect(Math.round((right / rows.length) * 10_000)).toBe(
      Math.round(Number(published.find(({ Model }) => Model === name)!.Acc) * 100),
    );
  });

  interface Decided {
    tag: string;
    delta: number;
    threshold: number;
    first_clear: number | null;
    first_fail: number | null;
    decision: 'clear' | 'fail' | 'undecided';
    final_logE_clear: number;
    final_logE_fail: number;
    mean_diff: number;
  }
  const decisions: Decided[] = recorded
    ? JSON.parse(readFileSync(join(data, 'gate/grid_eprocess_gate.json'), 'utf8')).real_data_decisions.filter(
        ({ tag }: Decided) => tag.startsWith('zeroeval-gsm '),
      )
    : [];

  test('there are as many decisions as were published', () => expect(decisions).toHaveLength(10));

  test.each(decisions)('$tag within $delta: $decision, clear at $first_clear, fail at $first_fail', (decided) => {
    const [baseline, candidate] = decided.tag
      .replace('zeroeval-gsm ', '')
      .split(' -> ')
      .map((name) => scoresOf(fileOf(name)));
    // The absolute floor is set where every candidate passes, so that the paired criterion alone decides.
    const floor = Floor.parse({ absolute: 0.5, nonInferiorMargin: decided.delta });
    const terms = GateTerms.parse({ alpha: 0.05, slots: 5, samplesMin: 1, clustersMin: 1, spanHours: 0 });
    expect(lnThresholdOf(terms)).toBeCloseTo(Math.log(decided.threshold), 12);
    const fold = (state: GateState, score: number, place: number) =>
      foldScore(state, {
        candidate: score,
        baseline: baseline![place]!,
        admittedAtMs: 1_000 * place,
        position: place + 1,
      });
    const state = candidate!.reduce(fold, freshGateState(floor, terms));
    const finding = verdictOf(state, 0);
    const paired = finding.criteria.find(({ kind }) => kind === 'non_inferior')!;
    expect([paired.firstClear, paired.firstFail]).toEqual([decided.first_clear, decided.first_fail]);
    expect(finding.verdict).toBe({ clear: 'cleared', fail: 'failed', undecided: 'undecided' }[decided.decision]);
    expect(Math.abs(paired.lnEvidenceFor - decided.final_logE_clear)).toBeLessThan(1e-9);
    expect(Math.abs(paired.lnEvidenceAgainst - decided.final_logE_fail)).toBeLessThan(1e-9);
    expect(Math.abs(paired.mean - decided.mean_diff)).toBeLessThan(1e-9);
    // What an auditor does: the histogram alone gives both numbers again.
    expect(lnEvidenceOfHistogram(paired.histogram, paired.nullMean)).toBeCloseTo(
      lnEvidence(state.criteria[1]!.wealthFor),
      9,
    );
    expect(lnEvidenceOfHistogram(mirrorOf(paired.histogram), 1 - paired.nullMean)).toBeCloseTo(
      paired.lnEvidenceAgainst,
      9,
    );
  });
});
