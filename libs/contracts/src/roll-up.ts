/** What ledger lines sum to. A projection: the lines are what counts, and whoever has them makes the same sums. */
import { z } from 'zod';
import { PicoUsd } from './money.js';
import { RouteId, Slug } from './names.js';

const Count = z.number().int().nonnegative();

/** One day, use case, route and key. Corrections name no route and no key. */
export const RollUpRow = z
  .object({
    /** On which the attempts ended, or the correction was made, in UTC. */
    day: z.iso.date(),
    useCase: Slug,
    route: RouteId.nullable(),
    key: z.string().nullable(),
    /** Live calls that came to an end, served or not. */
    calls: Count,
    /** Attempts of live calls, each with a line of its own. */
    attempts: Count,
    costPicoUsd: PicoUsd,
    chargePicoUsd: PicoUsd,
    /** Replays and judgements, and what they cost. */
    evaluations: Count,
    evaluationCostPicoUsd: PicoUsd,
    /** Attempts whose cost is a ceiling, or unknown: the sums are not exact while these are not 0. */
    estimated: Count,
    unpriced: Count,
  })
  .meta({ id: 'RollUpRow' });
export type RollUpRow = z.output<typeof RollUpRow>;
