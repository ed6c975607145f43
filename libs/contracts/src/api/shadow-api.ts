/** What a shadow would cost and when it would know, from the traffic of the last seven days. Asking changes nothing. */
import { z } from 'zod';
import { PicoUsd } from '../money.js';
import { Slug } from '../names.js';

const share = z.coerce.number().gt(0).max(1);

export const ShadowPlanQuery = z.object({
  /** Instead of the share that is worked out. */
  share: share.optional(),
  /** Instead of what was seen. */
  callsPerDay: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
  /** How large a drop in quality shall be noticed. */
  drop: share.default(0.05),
});
export type ShadowPlanQuery = z.output<typeof ShadowPlanQuery>;

export const ShadowPlanAnswer = z
  .object({
    useCase: Slug,
    /** Calls evidence can be about; null: none seen. */
    callsPerDay: z.number().nullable(),
    observedDays: z.number(),
    baselineSpendPicoUsdPerDay: PicoUsd,
    /** All candidates and the judge, for one sampled call; null: a price is unknown, or the judge has not judged yet. */
    costPerSamplePicoUsd: PicoUsd.nullable(),
    bootstrap: z.object({ share: z.number(), samples: z.number().int(), costPicoUsd: PicoUsd.nullable() }),
    /** What the use case declares; null: it is planned. */
    declaredShare: z.number().nullable(),
    /** What proxies draw at now, and why: until the bootstrap is paid that is its share. */
    drawnShare: z.number(),
    drawnBy: z.enum(['declared', 'bootstrap', 'nobody', 'verdict_in_7_days', 'spend', 'all_calls', 'asked', 'unknown']),
    share: z.number().nullable(),
    shareBy: z.enum(['verdict_in_7_days', 'spend', 'all_calls', 'asked', 'unknown']),
    costPicoUsdPerDay: PicoUsd.nullable(),
    samplesToVerdict: z.number().int(),
    daysToVerdict: z.number().nullable(),
    drop: z.number(),
    samplesToNotice: z.number().int(),
    daysToNotice: z.number().nullable(),
    /** The same, to be read before committing to it. */
    says: z.array(z.string()),
  })
  .meta({ id: 'ShadowPlan' });
export type ShadowPlanAnswer = z.output<typeof ShadowPlanAnswer>;
