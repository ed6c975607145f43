/**
 * Accuracy of every model against the published table. It is what the gate folded; only where the gate stopped paying
 * for a candidate are the remaining answers graded here, by the same grader, and the table says so.
 */
import type { GateEvidence } from '#contracts/api/gate-api.js';
import { gradeAnswer } from '#domain/gate/graders/grade-answer.js';
import { table } from '../../apps/cli/src/table.js';
import type { Checks } from './checks.js';
import type { Recorded } from './read-recorded.js';
import { allModels, type RecordedModel, routeOf, useCases } from './recorded-world.js';

export interface Accuracy {
  model: string;
  right: number;
  accuracy: string;
  published: string;
  /** `gate`: from scores folded of real replays. `offline`: the candidate was stopped in every use case. */
  from: 'gate' | 'offline';
}

export function checkAccuracy(
  evidence: GateEvidence[],
  recorded: Recorded,
  checks: Checks,
  say: (line: string) => void,
): Accuracy[] {
  const calls = recorded.questions.length;
  const rows = allModels.map((model): Accuracy => {
    const folded = foldedRight(model, evidence, calls);
    const right = folded ?? sum(scoresOf(model, recorded));
    const published = recorded.published.get(model.published) ?? 'not published';
    const accuracy = ((100 * right) / calls).toFixed(2);
    return { model: routeOf(model), right, accuracy, published, from: folded === null ? 'offline' : 'gate' };
  });
  const sources = {
    gate: `all ${calls} replayed, graded and folded`,
    offline: 'stopped by the gate; the recorded answers graded offline by the same grader',
  };
  const cells = rows.map((row) => [row.model, row.accuracy, row.published, String(row.right), sources[row.from]]);
  for (const line of table(['model', 'accuracy', 'published', 'right', 'from'], cells)) say(line);
  for (const row of rows) checks.equal(`accuracy of ${row.model} (${row.from})`, row.accuracy, row.published);
  checkFoldedScores(evidence, recorded, checks);
  return rows;
}

/** The gate's own scores, in full or up to where it stopped, are the grades of the recorded answers in file order. */
function checkFoldedScores(evidence: GateEvidence[], recorded: Recorded, checks: Checks): void {
  for (const line of evidence) {
    const model = allModels.find((one) => routeOf(one) === line.candidate);
    const graded = model ? sum(scoresOf(model, recorded).slice(0, line.samples)) : null;
    checks.equal(`${line.useCase}: right among the ${line.samples} folded of ${line.candidate}`, rightOf(line), graded);
  }
}

/** How often the model was right over all calls, by what the gate folded; null where it folded fewer. */
function foldedRight(model: RecordedModel, evidence: GateEvidence[], calls: number): number | null {
  const whole = evidence.filter((line) => line.samples === calls);
  const asCandidate = whole.find((line) => line.candidate === routeOf(model));
  if (asCandidate) return rightOf(asCandidate);
  const paired = whole.find((line) =>
    useCases.some(({ slug, baseline }) => slug === line.useCase && baseline === model),
  );
  if (!paired) return null;
  return rightOf(paired) - Math.round(meanOf(paired, 'non_inferior') * calls);
}

const rightOf = (line: GateEvidence): number => Math.round(meanOf(line, 'absolute') * line.samples);

function meanOf(line: GateEvidence, kind: 'absolute' | 'non_inferior'): number {
  const criterion = line.criteria.find((one) => one.kind === kind);
  if (!criterion) throw new Error(`${line.useCase} has no evidence of ${line.candidate} (${kind})`);
  return criterion.mean;
}

function scoresOf({ file }: RecordedModel, { answersOf, questions }: Recorded): number[] {
  return answersOf(file).map((answer, place) => {
    const expected = questions[place]?.expected;
    const grade = gradeAnswer({ kind: 'numeric', reference: 'suite' }, { answer, expected, baselineAnswer: null });
    if ('notGradable' in grade) throw new Error(`${questions[place]?.id}: ${grade.notGradable}`);
    return grade.score;
  });
}

const sum = (scores: number[]): number => scores.reduce((total, score) => total + score, 0);
