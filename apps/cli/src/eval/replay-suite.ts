/**
 * A run of a suite as evidence: the worker draws a pass, asks every candidate its cases as it does every week, and folds the
 * scores into the suite's line of the gate. Running it again adds a pass to that line; none is ever left out or replaced.
 */
import { type GateEvidence, GateEvidenceList } from '#contracts/api/gate-api.js';
import { SuiteAnswer, type SuitePassAnswer, SuitePassList, SuiteReplayWanted } from '#contracts/api/suite-api.js';
import { casesOf, suiteHashOf } from '#domain/suite/suite-hash.js';
import { askControl, type ControlClient } from '../configure/ask-control.js';
import { boundsOf, claimOf, evidenceOf } from '../gate/describe-criterion.js';
import { columns, count, figure } from '../gate/draw-text.js';
import type { Progress } from '../verify/progress.js';
import { linesToUpload, type SuiteFiles } from './suite-folder.js';

export interface ReplayedSuite {
  useCase: string;
  suite: Pick<SuiteAnswer, 'version' | 'hash'>;
  pass: SuitePassAnswer;
  /** What all passes together have come to, of each candidate. */
  evidence: GateEvidence[];
}

const lookEveryMs = 500;
/** A worker looks twice a second; one whose desk is being built waits for that. */
const drawnWithinMs = 120_000;
/** Scores are folded within seconds; a line another process has may take longer, and is then shown as it is. */
const foldedWithinMs = 30_000;

/** Throws when the folder is not the suite the gate was declared with, and what `askControl` throws. */
export async function replaySuite(
  client: ControlClient,
  files: SuiteFiles,
  useCase: string,
  progress: Progress,
): Promise<ReplayedSuite> {
  const path = `/api/suites/${encodeURIComponent(useCase)}`;
  const { version, hash } = SuiteAnswer.parse(await askControl(client, { method: 'GET', path }));
  if (hash !== suiteHashOf(casesOf(linesToUpload(files))))
    throw new Error(
      `The suite of ${useCase} is another (${hash.slice(0, 12)}). "o10 eval upload" makes this folder it: another gate, whose evidence starts anew.`,
    );
  const passes = async () =>
    SuitePassList.parse(await askControl(client, { method: 'GET', path: `${path}/passes?count=1000` })).items;
  const before = (await passes())[0]?.pass ?? 0;
  SuiteReplayWanted.parse(await askControl(client, { method: 'POST', path: `${path}/replay`, body: {} }));
  for (const untilMs = Date.now() + drawnWithinMs; ;) {
    const all = await passes();
    const pass = all.find((one) => one.pass > before);
    if (pass) progress(pass.doneAt === null ? Math.min(...placesOf(pass), pass.cases - 1) : pass.cases, pass.cases);
    if (pass && pass.doneAt !== null)
      return { useCase, suite: { version, hash }, pass, evidence: await folded(client, useCase, all) };
    const underWay = all[0]?.doneAt === null;
    if (!underWay && Date.now() > untilMs)
      throw new Error(
        'No worker has drawn a pass for two minutes. It stays wanted; "o10 gate show" tells when it was.',
      );
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

const placesOf = ({ candidates }: SuitePassAnswer): number[] =>
  candidates.length === 0 ? [0] : candidates.map(({ scored, void: voided }) => scored + voided);

/** The suite's lines, once what the passes have scored is in them. */
async function folded(
  client: ControlClient,
  useCase: string,
  passes: readonly SuitePassAnswer[],
): Promise<GateEvidence[]> {
  const scored = new Map<string, number>();
  for (const { candidate, revision, scored: own } of passes.flatMap(({ candidates }) => candidates))
    scored.set(`${candidate} ${revision}`, (scored.get(`${candidate} ${revision}`) ?? 0) + own);
  const path = `/api/gates/evidence?useCase=${encodeURIComponent(useCase)}`;
  for (const untilMs = Date.now() + foldedWithinMs; ;) {
    const { items } = GateEvidenceList.parse(await askControl(client, { method: 'GET', path }));
    const lines = items.filter(({ about }) => about === 'suite');
    const behind = lines.some(
      ({ candidate, revision, samples, stopped }) =>
        stopped === null && samples < (scored.get(`${candidate} ${revision}`) ?? 0),
    );
    if (!behind || Date.now() > untilMs) return lines;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

export function describeReplay({ useCase, suite, pass, evidence }: ReplayedSuite): string[] {
  const rows = pass.candidates.map(({ candidate, scored, void: voided, mean, baselineMean }) => [
    candidate,
    count(scored),
    count(voided),
    mean === null ? '' : figure(mean),
    baselineMean === null ? '' : figure(baselineMean),
  ]);
  return [
    `${useCase}: pass ${pass.pass} over the suite, version ${suite.version} (${suite.hash.slice(0, 12)}), ${count(pass.cases)} cases drawn`,
    ...columns([['candidate', 'scored', 'not observed', 'mean', 'baseline'], ...rows]).map((line) => `  ${line}`),
    'All passes together, as the gate says it of the suite; a route clears on calls of production alone:',
    ...evidence.flatMap(({ candidate, word, samples, criteria, lnThreshold, stopped }) => [
      `  ${candidate}: ${word} after ${count(samples)} cases${stopped === null ? '' : `, not replayed any more: ${stopped}`}`,
      ...criteria.flatMap((criterion) => [
        `    ${claimOf(criterion)}`,
        `      ${evidenceOf(criterion, lnThreshold)}`,
        `      ${boundsOf(criterion)}`,
      ]),
    ]),
  ];
}
