/**
 * The line of evidence a suite's replays are numbered in: another than that of live calls, because it is about another
 * population. Named by the gate, so whatever makes another gate makes another line of it too. See docs/decisions/0008.
 */
import { createHash } from 'node:crypto';
import type { UseCase } from '#contracts/use-case.js';
import { asksBaseline } from '../gate/canary-terms.js';
import { asksSuiteOf, partsOf } from '../gate/graders/check-grader.js';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

export const suiteLineOf = (gate: string): string => sha256(`o10.suite-line.v1\u0000${gate}`);

/** A suite is replayed again when its last pass is this old. */
export const suitePassDays = 7;
/** Cases drawn for one pass: as many as the suite has, and no more than this. */
export const drawsMax = 200;

/** Why no pass over a use case's suite is ever drawn; null: they are. */
export function whyNotReplayed({
  mode,
  candidates,
  grader,
}: Pick<UseCase, 'mode' | 'candidates' | 'grader'>): string | null {
  if (mode === 'off') return 'it is off';
  if (candidates.length === 0) return 'it has no candidate to ask';
  return asksSuiteOf(grader) ? null : 'what it is graded by reads no suite';
}

/** Whether a case has to offer tools to be asked: without them nobody could call what it expects. */
export const asksForTools = ({ grader }: Pick<UseCase, 'grader'>): boolean =>
  partsOf(grader).some(({ kind }) => kind === 'tool_calls');

/** Whether a pass asks the baseline too; where it does not, its scores are no observation. */
export const comparesWithBaseline = ({ floor, grader }: Pick<UseCase, 'floor' | 'grader'>): boolean =>
  floor.nonInferiorMargin !== undefined || floor.regressionShareMax !== undefined || asksBaseline(grader);

export interface SuitePlace {
  line: string;
  position: number;
}

/** Names of a place, made from it alone, so that a pass that was broken off goes on as what it was. */
export function suiteCallOf({ line, position }: SuitePlace): { callId: string; cluster: string } {
  const hex = sha256(`o10.suite-call.v1\u0000${line}\u0000${position}`);
  const callId = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return { callId: callId.join('-'), cluster: sha256(`o10.suite-draw.v1\u0000${line}\u0000${position}`) };
}
