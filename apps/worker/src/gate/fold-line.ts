/**
 * Brings one candidate's line up to date: folds what can be folded, and says when that amounts to another verdict.
 * The verdict is only stored here; `announce-verdicts` publishes it.
 */
import { Verdict } from '#contracts/verdict.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { nextSlot } from '#domain/gate/alpha-ledger.js';
import { freshGateState, GateState } from '#domain/gate/gate-state.js';
import { verdictOf, wordOf } from '#domain/gate/verdict-of.js';
import type { EvidenceLine, GateFolding } from '#postgres/evidence/evidence-line.store.js';
import { foldPlaces } from './fold-places.js';

export interface FoldTerms {
  missingAfterMs: number;
  nowMs: number;
  newId: () => string;
  /** The proof is not served by any more: of a floating name sooner than its verdict says. */
  lapsed: (verdict: string) => boolean;
}

export interface FoldedLine {
  line: EvidenceLine;
  folded: number;
  missing: number;
  /** Another verdict than before. */
  verdict: Verdict | null;
}

const placesAtOnce = 500;

/** `slotsUsed`: how many shares of the use case's error probability are given out so far. */
export async function foldLine(
  folding: GateFolding,
  useCase: PublishedUseCase,
  before: EvidenceLine,
  slotsUsed: number,
  terms: FoldTerms,
): Promise<FoldedLine> {
  const start = withSlot(before, useCase, slotsUsed, terms);
  let state = start.state === null ? freshGateState(useCase.floor, useCase.gate) : GateState.parse(start.state);
  const result: FoldedLine = { line: start, folded: 0, missing: 0, verdict: null };
  for (let more = start.stopped === null; more;) {
    const places = await folding.places(result.line, placesAtOnce);
    const step = foldPlaces(state, result.line.nextPosition, places, terms.missingAfterMs);
    const closed =
      (await folding.closeMissing(useCase.slug, step.missing)) &&
      (await folding.closeUnanswered(result.line, step.unanswered));
    if (!closed) break;
    state = step.state;
    result.folded += step.folded;
    result.missing += step.missing.length + step.unanswered.length;
    more = places.length === placesAtOnce && step.nextPosition > result.line.nextPosition;
    result.line = { ...result.line, state, nextPosition: step.nextPosition };
  }
  result.verdict = start.stopped === null ? anotherVerdict(result.line, state, useCase, terms) : null;
  const word = result.verdict?.verdict;
  if (result.verdict) result.line = { ...result.line, verdict: Verdict.encode(result.verdict), announced: false };
  if (word === 'failed' || word === 'futile') result.line = { ...result.line, stopped: word };
  if (changed(before, result.line)) await folding.save(result.line);
  return result;
}

const changed = (before: EvidenceLine, after: EvidenceLine): boolean =>
  before.nextPosition !== after.nextPosition ||
  before.slot !== after.slot ||
  before.stopped !== after.stopped ||
  before.announced !== after.announced;

/**
 * A line is one of the K attempts declared before the data, and so is starting it again once its proof has aged. Where
 * none is left, a new candidate is not tested, and an old proof is not renewed.
 */
function withSlot(
  line: EvidenceLine,
  useCase: PublishedUseCase,
  slotsUsed: number,
  { nowMs, lapsed }: FoldTerms,
): EvidenceLine {
  const slot = nextSlot(useCase.gate, slotsUsed);
  if (line.slot === null) return slot === null ? { ...line, stopped: line.stopped ?? 'no_slot' } : { ...line, slot };
  const verdict = verdictIn(line);
  const aged = verdict?.verdict === 'cleared' && (Date.parse(verdict.expiresAt) <= nowMs || lapsed(verdict.id));
  if (!aged || slot === null || wordNow(line) !== 'cleared') return line;
  return { ...line, slot, state: null };
}

const wordNow = (line: EvidenceLine) => (line.state === null ? null : wordOf(GateState.parse(line.state)));

export const verdictIn = (line: EvidenceLine): Verdict | null =>
  line.verdict === null ? null : Verdict.parse(line.verdict);

/** Undecided is not announced: it takes nothing away and gives nothing. */
function anotherVerdict(
  line: EvidenceLine,
  state: GateState,
  useCase: PublishedUseCase,
  { nowMs, newId }: FoldTerms,
): Verdict | null {
  const word = wordOf(state);
  if (word === 'undecided') return null;
  const before = verdictIn(line);
  if (before?.verdict === word && word !== 'cleared') return null;
  const finding = verdictOf(state, nowMs);
  if (before?.verdict === word && before.expiresAt === finding.expiresAt) return null;
  return {
    ...finding,
    id: newId(),
    useCase: useCase.slug,
    gate: line.gate,
    baseline: useCase.baseline,
    candidate: line.candidate,
    revision: line.revision,
    ...(line.slot !== null && { slot: line.slot }),
    ...(useCase.gateCovers && { declared: { ...useCase.gateCovers, grader: useCase.grader } }),
  };
}
