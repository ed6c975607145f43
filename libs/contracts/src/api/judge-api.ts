/** Judges over the API: the queue of answers for people to label, blind, and what the labels say of the judge. */
import { z } from 'zod';
import { Digest, Id, Slug } from '../names.js';

export const JudgeAdmission = z
  .object({
    useCase: Slug,
    /** Names the judge with its revision and rubric; another of either is another judge. */
    judge: Digest,
    /** It may gate. Otherwise it informs. */
    admitted: z.boolean(),
    labels: z.number().int().nonnegative(),
    /** Share of pairs on which both orders agreed; null where the judge is asked once. */
    swapConsistency: z.number().nullable(),
    balancedAccuracy: z.number().nullable(),
    balancedAccuracyLower: z.number(),
    /** What it lacks, in words. */
    missing: z.array(z.string()),
  })
  .meta({ id: 'JudgeAdmission' });
export type JudgeAdmission = z.output<typeof JudgeAdmission>;

/** Nothing here says which answer is whose, or what the judge thought. */
export const LabelTask = z
  .object({
    id: Id,
    showing: z.union([z.literal(0), z.literal(1)]),
    question: z.string(),
    first: z.string(),
    /** Null where one answer is to be called good or bad. */
    second: z.string().nullable(),
  })
  .meta({ id: 'LabelTask' });
export type LabelTask = z.output<typeof LabelTask>;

export const LabelTaskAnswer = z
  .object({
    /** Null: nothing waits. */
    task: LabelTask.nullable(),
  })
  .meta({ id: 'LabelTaskAnswer' });

/** Body of `POST /api/judges/labels/:id`. */
export const LabelPost = z
  .object({
    showing: z.union([z.literal(0), z.literal(1)]),
    says: z.enum(['first', 'second', 'tie', 'good', 'bad']),
  })
  .meta({ id: 'LabelPost' });
export type LabelPost = z.output<typeof LabelPost>;
