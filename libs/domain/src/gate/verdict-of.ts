/**
 * Says what the evidence amounts to: cleared, failed, undecided or futile, with the numbers to say it again.
 * Failing wins over clearing, and needs no minimum: money stops sooner than it starts.
 */
import { GateTerms } from '#contracts/use-case.js';
import type { Criterion, Verdict, VerdictWord } from '#contracts/verdict.js';
import { meetsTerms, spanHoursOf } from './fold-score.js';
import { lnThresholdOf, type Shares } from './alpha-ledger.js';
import type { CriterionState, GateState } from './gate-state.js';
import { lnEvidence, lowerBound, upperBound } from './grid-e-process.js';
import { daysToClear } from './samples-to-clear.js';
import { histogramDown, histogramUp, summaryOf } from './score-grid.js';

/** A verdict without its names (id, gate, use case, routes), which the caller knows. */
export type Finding = Omit<Verdict, 'id' | 'useCase' | 'gate' | 'baseline' | 'candidate' | 'revision'>;

const dayMs = 86_400_000;

/** The finding at an instant. Before the first score it is undecided and has no criteria: there is no mean to show. */
export function verdictOf(state: GateState, atMs: number): Finding {
  const agesFromMs = state.clearedAtMs ?? state.lastAdmittedAtMs ?? atMs;
  return {
    verdict: wordOf(state),
    decidedAt: new Date(atMs).toISOString(),
    expiresAt: new Date(agesFromMs + state.terms.evidenceExpiryDays * dayMs).toISOString(),
    samples: state.samples,
    clusters: state.samples,
    spanHours: spanHoursOf(state),
    lnThreshold: lnThresholdOf(state.terms),
    floor: state.floor,
    terms: state.terms,
    criteria: state.samples === 0 ? [] : state.criteria.map((criterion) => criterionOf(criterion, state.terms)),
    overrides: overridesOf(state.terms),
  };
}

/** Futile: all the samples allowed are in and the evidence is still short, or would be too late. Lacking only time is undecided. */
export function wordOf(state: GateState): VerdictWord {
  if (state.criteria.some((criterion) => criterion.firstFail !== null)) return 'failed';
  if (state.clearedAtMs !== null || meetsTerms(state)) return 'cleared';
  const short = state.criteria.some((criterion) => criterion.firstClear === null);
  return short && (state.samples >= state.terms.samplesMax || comesTooLate(state)) ? 'futile' : 'undecided';
}

/**
 * Even were every mean its upper bound, the proof would take longer than a proof lasts. Judged by the bound and not by the
 * mean, which early on may lie at the floor by chance; never where the samples allowed come in sooner than that.
 */
function comesTooLate(state: GateState): boolean {
  const { samples, terms, criteria } = state;
  const spanHours = spanHoursOf(state);
  const lastHours = 24 * terms.evidenceExpiryDays;
  const early = samples < terms.samplesMin || spanHours < Math.max(1, terms.spanHours);
  if (early || ((terms.samplesMax - samples) * spanHours) / samples <= lastHours) return false;
  const measured = criteria.map((criterion) => criterionOf(criterion, terms));
  const finding = { samples, spanHours, terms, criteria: measured, lnThreshold: lnThresholdOf(terms) };
  const days = daysToClear(finding, 'upper');
  return days !== null && days > terms.evidenceExpiryDays;
}

/** From [0,1] to what the criterion is about: of non-inferiority the difference, else the share itself. */
export const ownScale =
  (kind: CriterionState['kind']) =>
  (x: number): number =>
    kind === 'non_inferior' ? 2 * x - 1 : x;

/** Bounds hold at α/K each, the level of the threshold: `lower` passes the floor exactly when ln E passes it. */
export function criterionOf(state: CriterionState, terms: Shares): Criterion {
  const alpha = terms.alpha / terms.slots;
  const own = ownScale(state.kind);
  return {
    kind: state.kind,
    nullMean: state.nullMean,
    lnEvidenceFor: lnEvidence(state.wealthFor),
    lnEvidenceAgainst: lnEvidence(state.wealthAgainst),
    firstClear: state.firstClear,
    firstFail: state.firstFail,
    lower: own(lowerBound(histogramDown(state), alpha)),
    upper: own(upperBound(histogramUp(state), alpha)),
    mean: own(summaryOf(state).mean),
    histogram: state.histogram,
    ...(state.unjudged !== undefined && { unjudged: state.unjudged }),
  };
}

/** Every term weaker than its default, in words; printed wherever the verdict is. More samples or more slots is not weaker. */
export function overridesOf(terms: GateTerms): string[] {
  const usual = GateTerms.parse({});
  const said: string[] = [];
  const say = (weaker: boolean, words: string) => weaker && said.push(words);
  say(terms.alpha > usual.alpha, `error probability ${terms.alpha} instead of ${usual.alpha}`);
  say(terms.samplesMin < usual.samplesMin, `at least ${terms.samplesMin} samples instead of ${usual.samplesMin}`);
  say(terms.clustersMin < usual.clustersMin, `at least ${terms.clustersMin} clusters instead of ${usual.clustersMin}`);
  say(terms.spanHours < usual.spanHours, `evidence over ${terms.spanHours} hours instead of ${usual.spanHours}`);
  say(
    terms.evidenceExpiryDays > usual.evidenceExpiryDays,
    `evidence good for ${terms.evidenceExpiryDays} days instead of ${usual.evidenceExpiryDays}`,
  );
  return said;
}
