/**
 * Grades answers to a mirrored call as its use case declares. Whether the call can be graded at all is settled with the
 * baseline's answer, before any candidate is asked.
 */
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { inputDigestOf } from '#domain/gate/case-key.js';
import { gateHashOf } from '#domain/gate/gate-hash.js';
import { gradeAnswer } from '#domain/gate/graders/grade-answer.js';
import type { IndexedUseCase } from '#domain/routing/routing-index.js';
import { asksSuite } from '#domain/routing/assemble-snapshot.js';
import type { SuiteStore } from '#postgres/admin/suite.store.js';

export interface GradedCall {
  baselineScore: number;
  /** In [0,1]; null is no answer, which scores 0. */
  scoreOf(answer: string | null): number;
}

export interface CallQuestion {
  lastUserText: string;
  /** Null: the baseline's answer is not complete. */
  baselineAnswer: string | null;
}

type Cases = ReadonlyMap<string, unknown>;

const suitesKept = 20;
const noCases: Cases = new Map();

export class GradeCalls {
  /** By gate, which names the suite by its hash: a new suite is another gate. */
  private readonly suites = new Map<string, Promise<Cases>>();

  constructor(private readonly store: SuiteStore) {}

  /** Throws when the suite of the gate is not the current one: snapshot and suite are of different moments. */
  async question(useCase: IndexedUseCase, call: CallQuestion): Promise<GradedCall | { notGradable: string }> {
    const { grader } = useCase.definition;
    const cases = asksSuite(useCase.definition) ? await this.casesOf(useCase) : noCases;
    const digest = inputDigestOf(call.lastUserText);
    const { baselineAnswer } = call;
    const grade = (answer: string | null) =>
      gradeAnswer(grader, { answer, expected: cases.has(digest) ? cases.get(digest) : undefined, baselineAnswer });
    const baseline = grade(baselineAnswer);
    if ('notGradable' in baseline) return baseline;
    return {
      baselineScore: baseline.score,
      scoreOf: (answer) => {
        const graded = grade(answer);
        if ('notGradable' in graded) throw new Error(`a call that could be graded cannot be: ${graded.notGradable}`);
        return graded.score;
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

function gateOf(useCase: PublishedUseCase, revision: string, suiteHash: string): string {
  const { slug, baseline, grader, floor, gate } = useCase;
  return gateHashOf({ useCase: slug, baseline: { route: baseline, revision }, grader, floor, terms: gate, suiteHash });
}
