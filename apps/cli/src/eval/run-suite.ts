/**
 * Asks a route every case of a suite, grades the answers and folds the scores as the gate folds live ones: in order, one
 * per case, a missing answer as 0. The lines written are what `o10 gate check` reads.
 */
import { freshGateState } from '#domain/gate/gate-state.js';
import { foldScore } from '#domain/gate/fold-score.js';
import { beginGrade, type Graded } from '#domain/gate/graders/grade-answer.js';
import { isGrade } from '#domain/gate/graders/grade-step.js';
import type { Grade, GradeFinding, GradeNeed } from '#domain/gate/graders/grade.js';
import { verdictOf } from '#domain/gate/verdict-of.js';
import { casesOf, suiteHashOf } from '#domain/suite/suite-hash.js';
import type { SuiteManifest } from '#domain/suite/manifest.js';
import { inputDigestOf } from '#domain/gate/case-key.js';
import type { SuiteLine } from '#contracts/api/suite-api.js';
import { type GateTerms, Floor } from '#contracts/use-case.js';
import type { RouteAnswer } from './ask-route.js';
import { linesToUpload } from './suite-folder.js';

export interface SuiteRun {
  manifest: SuiteManifest;
  lines: SuiteLine[];
  route: string;
  /** Asked the same cases, for paired scores; null: the route alone. */
  baseline: string | null;
  terms: GateTerms;
  concurrency: number;
}

export interface SuiteOutside {
  ask: (model: string, line: SuiteLine) => Promise<RouteAnswer>;
  tell: (need: GradeNeed) => Promise<GradeFinding>;
  nowMs: () => number;
  onCase: (done: ScoredCase) => void;
}

/** A line of the result. `candidate` and `baseline` stand in pairs, `score` alone. */
export interface ScoredCase {
  input: string;
  score?: number;
  candidate?: number;
  baseline?: number;
  /** Why a score is 0 without having been earned. */
  missing?: string;
  /** A judge was silent: the case counts against clearing as well as failing. */
  unjudged?: true;
}

export interface SuiteResult {
  suite: string;
  version: number;
  hash: string;
  route: string;
  baseline: string | null;
  cases: ScoredCase[];
  /** Cases that cannot be graded at all, with why; they count for nobody. */
  ungradable: { input: string; why: string }[];
  mean: number;
  baselineMean: number | null;
  finding: ReturnType<typeof verdictOf>;
}

export async function runSuite(run: SuiteRun, outside: SuiteOutside): Promise<SuiteResult> {
  const outcomes: (Outcome | undefined)[] = run.lines.map(() => undefined);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < run.lines.length; at = next++) {
      const outcome = await scoreLine(run, run.lines[at] as SuiteLine, outside);
      outcomes[at] = outcome;
      if ('scored' in outcome) outside.onCase(outcome.scored);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, run.concurrency) }, worker));
  return resultOf(
    run,
    outcomes.filter((outcome) => outcome !== undefined),
    outside.nowMs(),
  );
}

type Outcome = { scored: ScoredCase } | { ungradable: { input: string; why: string } };

async function scoreLine(
  { manifest, route, baseline }: SuiteRun,
  line: SuiteLine,
  outside: SuiteOutside,
): Promise<Outcome> {
  const input = inputDigestOf(line.input);
  const other = baseline === null ? null : await outside.ask(baseline, line);
  const own = await outside.ask(route, line);
  const graded = (answer: RouteAnswer): Graded => ({
    answer: answer.text,
    toolCalls: answer.toolCalls,
    expected: line.expected,
    baselineAnswer: other?.text ?? null,
    baselineToolCalls: other?.toolCalls ?? null,
    question: line.input,
  });
  const grade = await settled(manifest, graded(own), outside.tell);
  if ('notGradable' in grade) return { ungradable: { input, why: grade.notGradable } };
  const noted = notedOf(grade.missing, own.fault);
  if (other === null) return { scored: { input, score: grade.score, ...noted } };
  if (manifest.grader.kind === 'judge' && manifest.grader.compare === 'pairwise')
    return { scored: { input, candidate: grade.score, baseline: 1 - grade.score, ...noted } };
  const theirs = await settled(manifest, graded(other), outside.tell);
  if ('notGradable' in theirs) return { ungradable: { input, why: theirs.notGradable } };
  // A judge that fell silent about the baseline counts against the candidate's claim, like everything that is missing.
  return {
    scored: {
      ...{ input, candidate: grade.score, baseline: theirs.missing === undefined ? theirs.score : 1 },
      ...notedOf(grade.missing ?? theirs.missing, own.fault),
    },
  };
}

const notedOf = (silent: string | undefined, fault: string | null): Pick<ScoredCase, 'missing' | 'unjudged'> =>
  silent !== undefined ? { missing: silent, unjudged: true } : fault === null ? {} : { missing: fault };

async function settled({ grader }: SuiteManifest, graded: Graded, tell: SuiteOutside['tell']): Promise<Grade> {
  let step = beginGrade(grader, graded);
  while (!isGrade(step)) step = step.next(await Promise.all(step.needs.map(tell)));
  return step;
}

function resultOf(run: SuiteRun, outcomes: Outcome[], nowMs: number): SuiteResult {
  const { manifest, lines, route, baseline, terms } = run;
  const cases = outcomes.flatMap((outcome) => ('scored' in outcome ? [outcome.scored] : []));
  const floor = Floor.parse(baseline === null ? { absolute: manifest.floor.absolute } : manifest.floor);
  let state = freshGateState(floor, terms);
  for (const [at, one] of cases.entries())
    state = foldScore(state, {
      candidate: one.candidate ?? one.score ?? null,
      baseline: one.baseline ?? null,
      admittedAtMs: nowMs,
      position: at + 1,
      ...(one.unjudged && { unjudged: true }),
    });
  const mean = (of: (one: ScoredCase) => number) =>
    cases.length === 0 ? 0 : cases.reduce((sum, one) => sum + of(one), 0) / cases.length;
  return {
    suite: manifest.name,
    version: manifest.version,
    hash: suiteHashOf(casesOf(linesToUpload({ manifest, lines }))),
    route,
    baseline,
    cases,
    ungradable: outcomes.flatMap((outcome) => ('ungradable' in outcome ? [outcome.ungradable] : [])),
    mean: mean((one) => one.candidate ?? one.score ?? 0),
    baselineMean: baseline === null ? null : mean((one) => one.baseline ?? 0),
    finding: verdictOf(state, nowMs),
  };
}
