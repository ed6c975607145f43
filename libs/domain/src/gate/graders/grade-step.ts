/**
 * Grading in steps: a grade, or what must be got first and how to go on with it. The shell gets what is asked, all of a
 * step at once; nothing here waits or sends.
 */
import type { Grade, GradeFinding, GradeNeed } from './grade.js';

export type GradeStep = Grade | { needs: GradeNeed[]; next: (findings: readonly GradeFinding[]) => GradeStep };

export const isGrade = (step: GradeStep): step is Grade => !('needs' in step);

/** Runs several steps side by side; `combine` sees their grades in order, and the first that is not gradable ends it. */
export function besides(steps: readonly GradeStep[], combine: (grades: Scored[]) => Grade): GradeStep {
  const ungradable = steps.find((step) => 'notGradable' in step);
  if (ungradable) return ungradable;
  const asking = steps.flatMap((step, at) => (isGrade(step) ? [] : [{ at, step }]));
  if (asking.length === 0) return combine(steps.filter(isScored));
  return {
    needs: asking.flatMap(({ step }) => step.needs),
    next: (findings) => {
      const later = [...steps];
      let from = 0;
      for (const { at, step } of asking) {
        later[at] = step.next(findings.slice(from, from + step.needs.length));
        from += step.needs.length;
      }
      return besides(later, combine);
    },
  };
}

export type Scored = Extract<Grade, { score: number }>;
const isScored = (step: GradeStep): step is Scored => 'score' in step;

/** A judge or a route that gave nothing to go by. The score counts against whoever claims to be good enough. */
export const missingGrade = (reason: string): Scored => ({ score: 0, missing: reason });
