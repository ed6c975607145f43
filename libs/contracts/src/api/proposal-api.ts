/** Calls that named no use case, grouped by what they have in common. Only digests are known of their prompts. */
import { z } from 'zod';
import { PicoUsd } from '../money.js';
import { Digest, Instant, RouteId, Slug } from '../names.js';
import { Floor, Grader } from '../use-case.js';

const Count = z.number().int().nonnegative();

export const ProposedUseCase = z
  .object({
    /** Keyed digest of system prompt, tools and form of the answer; null: calls that have none of them. */
    shape: Digest.nullable(),
    calls: Count,
    costPicoUsd: PicoUsd,
    /** The most used first. */
    routes: z.array(z.object({ route: RouteId, calls: Count, costPicoUsd: PicoUsd })),
    teams: z.array(Slug),
    firstAt: Instant,
    lastAt: Instant,
  })
  .meta({ id: 'ProposedUseCase' });
export type ProposedUseCase = z.output<typeof ProposedUseCase>;

export const ProposedUseCases = z
  .object({
    /** Over how many days back calls were read. */
    days: z.number().int().positive(),
    /** There were more calls than were read. */
    capped: z.boolean(),
    /** The dearest first. */
    items: z.array(ProposedUseCase),
  })
  .meta({ id: 'ProposedUseCases' });
export type ProposedUseCases = z.output<typeof ProposedUseCases>;

/** Body of `POST /api/use-cases/proposed/:shape`: what a group cannot say of itself. */
export const AcceptProposal = z
  .object({
    slug: Slug,
    floor: Floor,
    grader: Grader,
    candidates: z.array(RouteId).max(50).default([]),
    /** Absent: the route most of its calls asked for. */
    baseline: RouteId.optional(),
    /** Absent: the team most of its calls were of. */
    team: Slug.optional(),
  })
  .meta({ id: 'AcceptProposal' });
export type AcceptProposal = z.output<typeof AcceptProposal>;
