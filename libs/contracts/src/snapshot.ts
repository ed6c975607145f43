/** Everything the proxy needs to choose, in one immutable, versioned value. Keys are not in it: they have their own feed. */
import { z } from 'zod';
import { Commitment } from './commitment.js';
import { EnvelopeCover } from './envelope.js';
import { LaneTable } from './lane.js';
import { Digest, Instant, ModelName, RouteId, Slug } from './names.js';
import { Plan, Subscription } from './plan.js';
import { PriceBook } from './price.js';
import { AskedRoutes, Share, UseCase } from './use-case.js';
import { Route, Venue } from './venue.js';
import { Clearance } from './verdict.js';

/** A use case as published: with the hash of its gate, under which its sampled calls are numbered. */
export const PublishedUseCase = UseCase.extend({
  /** As declared, else as planned: a proxy draws at it. */
  samplingShare: Share,
  gateHash: Digest,
  /** What the hash covers beside the use case itself; a verdict repeats it, so that the hash can be made again. */
  gateCovers: z
    .object({
      baselineRevision: z.string(),
      suiteHash: Digest.nullable(),
      judges: AskedRoutes.optional(),
      promptTemplate: z.string().optional(),
    })
    .optional(),
});
export type PublishedUseCase = z.output<typeof PublishedUseCase>;

export const Snapshot = z
  .object({
    contract: z.literal(1),
    version: z.number().int().positive(),
    publishedAt: Instant,
    organisation: Slug,
    venues: z.array(Venue).max(1_000),
    routes: z.array(Route).max(5_000),
    /** What a call's `model` means when it is not a route id: the route asked for. */
    models: z.record(ModelName, RouteId),
    /** Absent: no lanes are declared, and `flux-auto` means nothing. */
    lanes: LaneTable.optional(),
    plans: z.array(Plan).max(1_000).optional(),
    subscriptions: z.array(Subscription).max(100_000).optional(),
    prices: PriceBook,
    useCases: z.array(PublishedUseCase).max(10_000),
    clearances: z.array(Clearance).max(100_000),
    envelopes: z.array(EnvelopeCover).max(200_000),
    /** Absent: no capacity is paid for in advance. */
    commitments: z.array(Commitment).max(1_000).optional(),
  })
  .superRefine((snapshot, context) => {
    const venues = new Set(snapshot.venues.map((venue) => venue.id));
    const routes = new Set(snapshot.routes.map((route) => route.id));
    const wrong = (message: string) => context.addIssue({ code: 'custom', message });
    for (const route of snapshot.routes)
      if (!venues.has(route.venue)) wrong(`route ${route.id} names the unknown venue ${route.venue}`);
    for (const [model, route] of Object.entries(snapshot.models))
      if (!routes.has(route)) wrong(`model ${model} means the unknown route ${route}`);
    for (const [lane, { routes: ids }] of Object.entries(snapshot.lanes?.lanes ?? {}))
      for (const route of ids) if (!routes.has(route)) wrong(`lane ${lane} names the unknown route ${route}`);
    const plans = new Set(snapshot.plans?.map(({ id }) => id));
    for (const { team, plan } of snapshot.subscriptions ?? [])
      if (!plans.has(plan)) wrong(`team ${team} is on the unknown plan ${plan}`);
    for (const useCase of snapshot.useCases)
      for (const route of [useCase.baseline, ...useCase.candidates, ...useCase.fallbacks])
        if (!routes.has(route)) wrong(`use case ${useCase.slug} names the unknown route ${route}`);
    const drawing = new Map<string, string>();
    for (const { id, routes: drawn } of snapshot.commitments ?? [])
      for (const route of drawn) {
        if (!routes.has(route)) wrong(`commitment ${id} names the unknown route ${route}`);
        const other = drawing.get(route);
        if (other) wrong(`route ${route} draws from commitment ${other} and from ${id}`);
        drawing.set(route, id);
      }
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.output<typeof Snapshot>;
