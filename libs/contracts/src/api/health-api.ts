/** What /ready answers, with 200 or 503. */
import { z } from 'zod';

const word = z.enum(['ok', 'down']);

export const Ready = z
  .object({ ready: z.boolean(), checks: z.object({ database: word, feed: word, desk: word }) })
  .meta({ id: 'Ready' });
export type Ready = z.output<typeof Ready>;
