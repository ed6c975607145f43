/**
 * Verdicts and the positions of the first crossing against what others computed from the same answers in the same
 * order. A candidate that fails is not replayed any more, so its final evidence is that of an earlier call.
 */
import type { GateEvidence } from '#contracts/api/gate-api.js';
import { table } from '../../apps/cli/src/table.js';
import type { Stage } from '../../apps/cli/src/demo/open-stage.js';
import type { Checks } from './checks.js';
import type { DecidedPair, Recorded } from './read-recorded.js';
import { overridesInWords, routeOf, useCases } from './recorded-world.js';

export interface Decision {
  useCase: string;
  candidate: string;
  verdict: string;
  firstClear: number | null;
  firstFail: number | null;
  samples: number;
  stopped: string | null;
  lnEvidenceFor: number;
  lnEvidenceAgainst: number;
}

const words = { clear: 'cleared', fail: 'failed', undecided: 'undecided' } as const;

export async function checkVerdicts(
  stage: Stage,
  evidence: GateEvidence[],
  recorded: Recorded,
  checks: Checks,
): Promise<Decision[]> {
  const decisions = evidence.map(decisionOf);
  const cells = decisions.map((one) => [
    one.useCase,
    one.candidate,
    one.verdict,
    String(one.firstClear ?? '-'),
    String(one.firstFail ?? '-'),
    String(one.samples),
    one.lnEvidenceFor.toFixed(3),
    one.lnEvidenceAgainst.toFixed(3),
  ]);
  const head = ['use case', 'candidate', 'verdict', 'first clear', 'first fail', 'folded', 'ln E for', 'ln E against'];
  for (const line of table(head, cells)) stage.view.say(line);
  checks.equal('pairs decided here and in the published rows', decisions.length, recorded.decided.length);
  for (const pair of recorded.decided) checkPair(pair, evidence, recorded.questions.length, checks);
  await checkAnnounced(stage, evidence, checks);
  return decisions;
}

function checkPair(pair: DecidedPair, evidence: GateEvidence[], calls: number, checks: Checks): void {
  const found = lineOf(pair, evidence);
  const what = `δ = ${pair.delta} ${pair.tag}`;
  if (!found) return checks.equal(`${what}: has a use case`, false, true);
  const decision = decisionOf(found);
  const { first_clear: firstClear, first_fail: firstFail } = pair;
  checks.equal(
    `${what}: verdict, first clear, first fail`,
    [decision.verdict, decision.firstClear, decision.firstFail],
    [words[pair.decision], firstClear, firstFail],
  );
  checks.near(`${what}: threshold`, found.lnThreshold, Math.log(pair.threshold));
  if (decision.samples < calls) {
    checks.equal(`${what}: replays stopped, not all ${calls} folded, because`, decision.stopped, 'failed');
    return;
  }
  checks.near(`${what}: ln E for, after ${calls}`, decision.lnEvidenceFor, pair.final_logE_clear);
  checks.near(`${what}: ln E against, after ${calls}`, decision.lnEvidenceAgainst, pair.final_logE_fail);
}

function lineOf(pair: DecidedPair, evidence: GateEvidence[]): GateEvidence | undefined {
  const useCase = useCases.find((one) => one.baseline.file === pair.baseline && one.margin === pair.delta);
  const candidate = useCase?.candidates.find((one) => one.file === pair.candidate);
  return evidence.find((one) => one.useCase === useCase?.slug && candidate && one.candidate === routeOf(candidate));
}

function decisionOf(line: GateEvidence): Decision {
  const { useCase, candidate, word: verdict, samples, stopped, criteria } = line;
  const paired = criteria.find(({ kind }) => kind === 'non_inferior');
  if (!paired) throw new Error(`${useCase} has no paired evidence of ${candidate}`);
  const { firstClear, firstFail, lnEvidenceFor, lnEvidenceAgainst } = paired;
  return { useCase, candidate, verdict, firstClear, firstFail, samples, stopped, lnEvidenceFor, lnEvidenceAgainst };
}

/** What was published and may be routed by says the same, and names what was shortened for it. */
async function checkAnnounced(stage: Stage, evidence: GateEvidence[], checks: Checks): Promise<void> {
  const declared = overridesInWords();
  for (const { slug } of useCases) {
    const verdicts = await stage.room.verdicts(slug);
    const announced = verdicts.map(({ candidate, verdict }) => `${candidate} ${verdict}`).sort();
    const decided = evidence.filter((one) => one.useCase === slug && one.word !== 'undecided');
    const expected = decided.map(({ candidate, word }) => `${candidate} ${word}`).sort();
    checks.equal(`${slug}: verdicts announced`, announced, expected);
    const unsaid = verdicts.flatMap(({ overrides }) => overrides.filter((text) => !declared.includes(text)));
    const silent = verdicts.filter(({ overrides }) => overrides.length === 0).length;
    checks.equal(
      `${slug}: verdicts that do not name their overrides, overrides nobody declared`,
      [silent, unsaid],
      [0, []],
    );
  }
}
