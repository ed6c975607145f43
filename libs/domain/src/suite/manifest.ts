/** `suite.json`, beside the lines of a suite: how its cases are asked and graded, and the floor that is meant. */
import { z } from 'zod';
import { Slug } from '#contracts/names.js';
import { choosesAmongOffered, offer } from '#contracts/offered-tools.js';
import { Floor, Grader } from '#contracts/use-case.js';

export const SuiteManifest = z
  .strictObject({
    name: Slug,
    /** Counts changes of meaning; the hash counts every change. */
    version: z.number().int().positive(),
    /** Sent before every case; a live call brings its own. */
    system: z.string().nullable().default(null),
    grader: Grader,
    floor: Floor,
    /** Offered with every case that offers none of its own. */
    ...offer,
  })
  .refine(choosesAmongOffered, { path: ['toolChoice'], error: 'names no tool that is offered' });
export type SuiteManifest = z.output<typeof SuiteManifest>;
