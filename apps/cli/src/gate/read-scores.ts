/**
 * Reads a file of scores, one JSON object a line, in the order the calls came. Nothing is guessed: one bad line and the
 * whole file is refused, because a verdict over the lines that happened to parse is a verdict over something else.
 */
import { z } from 'zod';

const score = z.number().min(0).max(1);
/** What a call cost and how long it took, on both sides: said of, never judged. */
const beside = {
  candidateCostUsd: z.number().nonnegative().optional(),
  baselineCostUsd: z.number().nonnegative().optional(),
  candidateLatencyMs: z.number().nonnegative().optional(),
  baselineLatencyMs: z.number().nonnegative().optional(),
};
const Pair = z.object({ candidate: score, baseline: score, ...beside });
const Single = z.object({ score, ...beside });

export interface ScoreLine extends Omit<z.output<typeof Pair>, 'baseline'> {
  /** Null: the line has one score, of the candidate alone. */
  baseline: number | null;
}

export class BadScores extends Error {}

/** How many bad lines are named. */
const shown = 10;

/** `paired`: whether every line must have both scores. Throws `BadScores`, naming the lines. */
export function readScores(text: string, paired: boolean): ScoreLine[] {
  const lines: ScoreLine[] = [];
  const problems: string[] = [];
  for (const [place, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const read = scoreLineOf(line, paired);
    if (typeof read === 'string') problems.push(`line ${place + 1}: ${read}`);
    else lines.push(read);
  }
  if (problems.length > 0) {
    const more = problems.length > shown ? [`and ${problems.length - shown} more bad lines`] : [];
    throw new BadScores([...problems.slice(0, shown), ...more].join('\n'));
  }
  if (lines.length === 0) throw new BadScores('the file has no scores');
  return lines;
}

/** The line, or what is wrong with it. */
function scoreLineOf(line: string, paired: boolean): ScoreLine | string {
  let value: unknown;
  try {
    value = JSON.parse(line.replace(/^\uFEFF/, ''));
  } catch {
    return `not JSON: ${line.slice(0, 60)}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not a JSON object';
  if ('score' in value && 'candidate' in value) return 'has both "score" and "candidate": which is it?';
  if ('score' in value) {
    if (paired) return 'has "score" alone: comparing with the baseline needs "candidate" and "baseline"';
    const single = Single.safeParse(value);
    if (!single.success) return complaintOf(single.error);
    const { score: candidate, ...rest } = single.data;
    return { candidate, baseline: null, ...rest };
  }
  const pair = Pair.safeParse(value);
  return pair.success ? pair.data : complaintOf(pair.error);
}

const complaintOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `"${path.join('.')}": ${message}`).join('; ');
