/** Names a judge as it judges: its routes at their revisions and all it is told. Another rubric is another judge, unadmitted. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AskedRoutes, Grader } from '#contracts/use-case.js';
import { judgeRoutesOf } from '../graders/check-grader.js';

/** SHA-256, lower-case hex; null where the grader asks no judge. */
export function judgeKeyOf(grader: Grader, asked: AskedRoutes): string | null {
  if (judgeRoutesOf(grader).length === 0) return null;
  const json = canonicalize({ schema: 'o10.judge.v1', grader, asked });
  return createHash('sha256')
    .update(json ?? 'null', 'utf8')
    .digest('hex');
}

/** How admissions are listed among the parts of a snapshot. */
export const admissionName = (useCase: string, judgeKey: string): string => `${useCase}|${judgeKey}`;
