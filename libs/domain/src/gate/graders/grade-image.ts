/** Pictures, as `data:` URLs: right when one is there, of the form asked for, with something on it; else as alike as it is. */
import type { Grader } from '#contracts/use-case.js';
import { clamped, type Question, type SeenPicture } from './grade.js';
import { type GradeStep, missingGrade } from './grade-step.js';

type ImageGrader = Extract<Grader, { kind: 'image' }>;

export function gradeImage({ grader, answer, reference }: Question<ImageGrader>): GradeStep {
  const compared = grader.reference !== undefined;
  if (compared && !(typeof reference === 'string' && reference.startsWith('data:image/')))
    return { notGradable: 'the reference is not a picture' };
  return {
    needs: [{ kind: 'look', pictures: compared ? [answer, reference as string] : [answer] }],
    next: ([finding]) => {
      if (finding?.kind !== 'look') return missingGrade('nobody looked at the picture');
      const [own, other] = finding.pictures;
      if (compared && !other) return missingGrade('the reference cannot be decoded');
      if (!own || own.blank || !hasForm(own, grader)) return { score: 0 };
      // Of another size than the reference it is another picture.
      return { score: compared ? clamped(finding.similarity ?? 0) : 1 };
    },
  };
}

const hasForm = (own: SeenPicture, { format, width, height }: ImageGrader): boolean =>
  own.format === (format ?? own.format) && own.width === (width ?? own.width) && own.height === (height ?? own.height);
