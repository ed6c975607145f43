/**
 * Grades answers to a mirrored call as its use case declares. Whether the call can be graded at all is settled with the
 * baseline's answer, before any candidate is asked.
 */
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { inputDigestOf } from '#domain/gate/case-key.js';
import { gateHashOf } from '#domain/gate/gate-hash.js';
import { beginGrade } from '#domain/gate/graders/grade-answer.js';
import { isGrade, type GradeStep } from '#domain/gate/graders/grade-step.js';
import type { CalledTool, Grade, GradeFinding, GradeNeed } from '#domain/gate/graders/grade.js';
import type { IndexedUseCase } from '#domain/routing/routing-index.js';
import { asksSuite } from '#domain/routing/assemble-snapshot.js';
import type { SuiteStore } from '#postgres/admin/suite.store.js';
import { judgeRoutesOf } from '#domain/gate/graders/check-grader.js';
import type { JudgedAnswer } from './keep-judged.js';
import { NoJudgeMoney } from './ask-outside.js';

/** An answer as a grader sees it; a null text is no complete answer. */
export interface SeenAnswer {
  text: string | null;
  toolCalls: readonly CalledTool[] | null;
}

export interface GradedCall {
  /**
   * Both scores in [0,1] for this answer to the call. Null: there is none. May ask judges, never rejects for their sake:
   * `missing` is why one was silent, and the scores are then what counts against a claim that the candidate is good.
   */
  scoresOf(
    answer: SeenAnswer | null,
    candidateRoute?: string,
  ): Promise<{ candidate: number; baseline: number; missing?: string }>;
}

export interface CallQuestion {
  lastUserText: string;
  baseline: SeenAnswer;
}

/** How what a grader asks for is got, for this call. */
export type Finder = (need: GradeNeed) => Promise<GradeFinding>;

type Cases = ReadonlyMap<string, unknown>;

const suitesKept = 20;
const noCases: Cases = new Map();

export class GradeCalls {
  /** By gate, which names the suite by its hash: a new suite is another gate. */
  private readonly suites = new Map<string, Promise<Cases>>();

  constructor(private readonly store: SuiteStore) {}

  /** Throws when the suite of the gate is not the current one: snapshot and suite are of different moments. */
  async question(
    useCase: IndexedUseCase,
    call: CallQuestion,
    find: Finder,
    /** Told of every answer a judge has judged of a route that is named. */
    keep: (judged: JudgedAnswer) => Promise<void>,
  ): Promise<GradedCall | { notGradable: string }> {
    const { grader } = useCase.definition;
    const cases = asksSuite(useCase.definition) ? await this.casesOf(useCase) : noCases;
    const digest = inputDigestOf(call.lastUserText);
    const { baseline } = call;
    const grade = (answer: SeenAnswer | null, by: Finder) =>
      settleGrade(
        beginGrade(grader, {
          answer: answer?.text ?? null,
          toolCalls: answer?.toolCalls ?? null,
          expected: cases.has(digest) ? cases.get(digest) : undefined,
          baselineAnswer: baseline.text,
          baselineToolCalls: baseline.toolCalls,
          question: call.lastUserText,
        }),
        by,
      );
    const judges = judgeRoutesOf(grader).length > 0;
    const pairwise = grader.kind === 'judge' && grader.compare === 'pairwise';
    // Of a pair the candidate's score is what the baseline's leaves, so nothing is asked before there is a candidate.
    const own = await grade(pairwise ? null : baseline, find).catch(withoutMoney);
    if ('notGradable' in own) return own;
    return {
      scoresOf: async (answer, candidateRoute) => {
        const graded = await grade(answer, (need) => find(need).catch(missingForMoney));
        if ('notGradable' in graded) throw new Error(`a call that could be graded cannot be: ${graded.notGradable}`);
        if (judges && candidateRoute !== undefined && answer?.text)
          await keep({
            question: call.lastUserText,
            candidateRoute,
            candidate: answer.text,
            baseline: baseline.text ?? '',
            pairwise,
            grade: graded,
          });
        const silent = graded.missing ?? own.missing;
        const missing = silent === undefined ? {} : { missing: silent };
        if (pairwise) return { candidate: graded.score, baseline: 1 - graded.score, ...missing };
        // A judge that was silent about the baseline counts against the candidate's claim.
        return { candidate: graded.score, baseline: own.missing === undefined ? own.score : 1, ...missing };
      },
    };
  }

  private casesOf(useCase: IndexedUseCase): Promise<Cases> {
    const { gateHash } = useCase.definition;
    const known = this.suites.get(gateHash);
    if (known) return known;
    const loading = this.load(useCase);
    this.suites.set(gateHash, loading);
    loading.catch(() => this.suites.delete(gateHash));
    const [oldest] = this.suites.keys();
    if (this.suites.size > suitesKept && oldest) this.suites.delete(oldest);
    return loading;
  }

  private async load({ definition, baseline }: IndexedUseCase): Promise<Cases> {
    const suite = await this.store.current(definition.slug);
    if (!suite || gateOf(definition, baseline.route.revision, suite.hash) !== definition.gateHash)
      throw new Error(`The suite of ${definition.slug} is not the one its gate was declared with.`);
    const cases = await this.store.cases(definition.slug, suite.version);
    return new Map(cases.map(({ inputDigest, expected }) => [inputDigest, expected]));
  }
}

/** What is affordable is decided before the candidate is asked: without money for the baseline, nothing is observed. */
function withoutMoney(error: unknown): { notGradable: string } {
  if (error instanceof NoJudgeMoney) return { notGradable: error.message };
  throw error;
}

function missingForMoney(error: unknown): GradeFinding {
  if (error instanceof NoJudgeMoney) return { kind: 'missing', reason: error.message };
  throw error;
}

async function settleGrade(begun: GradeStep, find: Finder): Promise<Grade> {
  let step = begun;
  while (!isGrade(step)) step = step.next(await Promise.all(step.needs.map(find)));
  return step;
}

function gateOf(useCase: PublishedUseCase, revision: string, suiteHash: string): string {
  const { slug, baseline, grader, floor, gate } = useCase;
  return gateHashOf({
    useCase: slug,
    baseline: { route: baseline, revision },
    grader,
    floor,
    terms: gate,
    suiteHash,
    judges: useCase.gateCovers?.judges ?? [],
    ...(useCase.promptTemplate !== undefined && { promptTemplate: useCase.promptTemplate }),
  });
}
