/**
 * The world of the replay as data: who sells which recorded model at what list price, and the four use cases. The
 * venues are simulated, the answers and prices are real; o10 is told nothing of how good a model is.
 */
import { CanaryTerms, GateTerms } from '#contracts/use-case.js';
import { bootstrapShare } from '#domain/shadow/plan-shadow.js';
import { rampSteps } from '#domain/gate/canary-terms.js';
import { overridesOf } from '#domain/gate/verdict-of.js';

export interface RecordedModel {
  venue: string;
  model: string;
  family: string;
  contextWindow: number;
  /** Name of the file with its answers, without `.jsonl.gz`. */
  file: string;
  /** Its name in the published table. */
  published: string;
  inputUsdPerMillion: string;
  outputUsdPerMillion: string;
  source: string;
}

const openai = { venue: 'openai', family: 'gpt', contextWindow: 128_000, source: 'openai.com/api/pricing' };
const llama = { family: 'llama', contextWindow: 128_000 };

/** Public list prices of the time the answers were recorded, in USD per million tokens. */
export const models = {
  gpt4o: {
    ...openai,
    model: 'gpt-4o-2024-08-06',
    file: 'gpt-4o-2024-08-06',
    published: 'gpt-4o-2024-08-06',
    inputUsdPerMillion: '2.50',
    outputUsdPerMillion: '10.00',
  },
  gpt4oMini: {
    ...openai,
    model: 'gpt-4o-mini-2024-07-18',
    file: 'gpt-4o-mini-2024-07-18',
    published: 'gpt-4o-mini-2024-07-18',
    inputUsdPerMillion: '0.15',
    outputUsdPerMillion: '0.60',
  },
  gpt35: {
    ...openai,
    model: 'gpt-3.5-turbo-0125',
    contextWindow: 16_385,
    file: 'gpt-3.5-turbo-0125',
    published: 'gpt-3.5-turbo-0125',
    inputUsdPerMillion: '0.50',
    outputUsdPerMillion: '1.50',
  },
  haiku: {
    venue: 'anthropic',
    model: 'claude-3-haiku-20240307',
    family: 'claude',
    contextWindow: 200_000,
    file: 'claude-3-haiku-20240307',
    published: 'claude-3-haiku-20240307',
    inputUsdPerMillion: '0.25',
    outputUsdPerMillion: '1.25',
    source: 'anthropic.com/pricing',
  },
  hyperbolic: {
    ...llama,
    venue: 'hyperbolic',
    model: 'meta-llama/Meta-Llama-3.1-405B-Instruct',
    file: 'Meta-Llama-3.1-405B-Instruct_hyperbolic',
    published: 'Llama-3.1-405B-Inst@hyperbolic',
    inputUsdPerMillion: '4.00',
    outputUsdPerMillion: '4.00',
    source: 'docs.hyperbolic.xyz (BF16)',
  },
  together: {
    ...llama,
    venue: 'together',
    model: 'meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo',
    file: 'Llama-3.1-405B-Instruct-Turbo',
    published: 'Llama-3.1-405B-Inst-fp8@together',
    inputUsdPerMillion: '3.50',
    outputUsdPerMillion: '3.50',
    source: 'together.ai/pricing',
  },
  sambanova: {
    ...llama,
    venue: 'sambanova',
    model: 'Meta-Llama-3.1-405B-Instruct',
    file: 'Llama-3.1-405B-Inst_sambanova',
    published: 'Llama-3.1-405B-Inst@sambanova',
    inputUsdPerMillion: '5.00',
    outputUsdPerMillion: '10.00',
    source: 'cloud.sambanova.ai/plans/pricing',
  },
} as const satisfies Record<string, RecordedModel>;

export const allModels: readonly RecordedModel[] = Object.values(models);
export const venues: readonly string[] = [...new Set(allModels.map(({ venue }) => venue))];
export const routeOf = ({ venue, model }: RecordedModel): string => `${venue}/${model}`;

export interface RecordedUseCase {
  slug: string;
  team: string;
  baseline: RecordedModel;
  candidates: readonly RecordedModel[];
  /** δ. */
  margin: number;
}

const pairs = {
  'gpt-4o': { baseline: models.gpt4o, candidates: [models.gpt4oMini, models.haiku, models.gpt35] },
  'llama-405b': { baseline: models.hyperbolic, candidates: [models.together, models.sambanova] },
};
const withinOf = (name: keyof typeof pairs, points: 3 | 5): RecordedUseCase => ({
  slug: `${name}-within-${points}`,
  team: 'gsm8k',
  margin: points / 100,
  ...pairs[name],
});

export const gpt4oWithin3 = withinOf('gpt-4o', 3);
export const gpt4oWithin5 = withinOf('gpt-4o', 5);
export const llamaWithin3 = withinOf('llama-405b', 3);
export const llamaWithin5 = withinOf('llama-405b', 5);
export const useCases: readonly RecordedUseCase[] = [gpt4oWithin3, gpt4oWithin5, llamaWithin3, llamaWithin5];

/** Far below every model here, so that it clears early and δ decides. */
export const absoluteFloor = 0.5;
/** As the answers were recorded; longer than any of them, so that none is cut. */
export const maxOutputTokens = 4_096;
/** K and α are the product's defaults, declared all the same: the positions in the data belong to ln(5/0.05). */
export const terms = { alpha: 0.05, slots: 5, clustersMin: 1, spanHours: 0 };
export const samplingShare = 1;
export const rampShare = 1;
/** The baseline's answers are recorded too, so that pairs would measure nothing that is not known. */
export const canary = { pairedShare: 0 };
export const shadowLimitUsd = '1000';

/** Everything declared here that is weaker, shorter or larger than what the product does by itself, in words. */
export function overridesInWords(): string[] {
  const percent = (share: number) => `${share * 100} %`;
  return [
    ...overridesOf(GateTerms.parse(terms)),
    `${percent(samplingShare)} of the calls replayed instead of ${percent(bootstrapShare)}, and then as planned`,
    `${percent(rampShare)} of enforced calls routed at once instead of ${rampSteps.map(percent).join(', then ')}`,
    `the baseline asked on ${percent(canary.pairedShare)} of enforced calls instead of ${percent(CanaryTerms.parse({}).pairedShare)}`,
    `shadow envelope ${shadowLimitUsd} USD per use case instead of 5 % of what the baseline costs`,
  ];
}
