/**
 * The catalogue over the API: what a model is, what it costs, how it did here and where it has proved itself. Measured
 * figures are from this installation's ledger and null where nothing was measured: nothing is taken from an advertisement.
 */
import { z } from 'zod';
import { CatalogModel, CatalogVenue } from '../catalog.js';
import { PicoUsd } from '../money.js';
import { Id, Instant, ModelName, RouteId, Slug } from '../names.js';
import { PriceRow, Tier } from '../price.js';
import { Share } from '../use-case.js';
import { Jurisdiction, Retention } from '../venue.js';
import { listOf } from './stored.js';

/** Body of `POST /api/catalog`: facts to add or replace. */
export const CatalogPost = z
  .object({ models: z.array(CatalogModel).max(10_000), venues: z.array(CatalogVenue).max(1_000) })
  .meta({ id: 'CatalogPost' });
export type CatalogPost = z.output<typeof CatalogPost>;

export const CatalogPut = z
  .object({ models: z.number().int().nonnegative(), venues: z.number().int().nonnegative() })
  .meta({ id: 'CatalogPut' });

/** `venue/model`, or a route's id, whose tier is then left aside. */
export const CatalogQuery = z.object({ id: RouteId });

export const Measured = z
  .object({
    /** Since when: calls answered by the venue. */
    calls: z.number().int().nonnegative(),
    since: Instant,
    latencyMsP50: z.number().nonnegative().nullable(),
    firstByteMsP50: z.number().nonnegative().nullable(),
    /** Output tokens per second, from the first byte on where the call was streamed. */
    throughputP50: z.number().nonnegative().nullable(),
    /** Share of the attempts of the last 24 hours that the venue did not fail; null without attempts. */
    uptime24h: Share.nullable(),
    attempts24h: z.number().int().nonnegative(),
  })
  .meta({ id: 'Measured' });
export type Measured = z.output<typeof Measured>;

/** Prices of one tier in force now. */
export const PriceTab = z
  .object({
    tier: Tier,
    rows: z.array(PriceRow),
    /** Pico-USD for a token, three of input to one of output; null unless both have a price. Never a price of images. */
    blendedPicoUsd: PicoUsd.nullable(),
  })
  .meta({ id: 'PriceTab' });
export type PriceTab = z.output<typeof PriceTab>;

export const CatalogEndpoint = z
  .object({
    /** Null for a host that is known and that no route uses. */
    route: RouteId.nullable(),
    venue: Slug,
    host: z.string(),
    tier: Tier.nullable(),
    /** Null: the host may process anywhere. */
    jurisdiction: Jurisdiction.nullable(),
    retention: Retention.nullable(),
    capabilities: z.array(z.string()),
    contextWindow: z.number().int().positive().nullable(),
    maxOutputTokens: z.number().int().positive().nullable(),
    /** `unpriced`: it can be asked for in no enforced use case. */
    priced: z.boolean(),
    measured: Measured.nullable(),
  })
  .meta({ id: 'CatalogEndpoint' });
export type CatalogEndpoint = z.output<typeof CatalogEndpoint>;

export const guidanceWords = [
  'cleared',
  'failed',
  'undecided',
  'futile',
  'expired',
  'never_tried',
  'baseline',
] as const;

export const Guidance = z
  .object({
    useCase: Slug,
    route: RouteId,
    word: z.enum(guidanceWords),
    verdict: Id.nullable(),
    decidedAt: Instant.nullable(),
    samples: z.number().int().nonnegative(),
    floor: z.number(),
    /** Mean of the score, as the verdict has it. */
    mean: z.number().nullable(),
  })
  .meta({ id: 'Guidance' });
export type Guidance = z.output<typeof Guidance>;

const SpreadRoute = z.object({
  route: RouteId,
  role: z.enum(['baseline', 'cleared']),
  /** What the measured work costs there, or a token blended 3:1; null: no price is known. */
  costPicoUsd: PicoUsd.nullable(),
});

/** Dearest ÷ cheapest compliant route of one use case, for the same work at the same floor and policy. */
export const Spread = z
  .object({
    useCase: Slug,
    /** `calls`: this use case's own calls of the period, nothing cached. `blended`: a token, three of input to one of output. */
    basis: z.enum(['calls', 'blended']),
    calls: z.number().int().nonnegative(),
    compliant: z.array(SpreadRoute),
    dearest: RouteId.nullable(),
    cheapest: RouteId.nullable(),
    /** Thousandths, rounded down: 12,345 is 12.345 times. Null with fewer than two compliant routes that have a price. */
    ratioThousandths: z.string().regex(/^\d+$/).nullable(),
  })
  .meta({ id: 'Spread' });
export type Spread = z.output<typeof Spread>;
export const SpreadList = listOf(Spread).meta({ id: 'SpreadList' });

export const CatalogItem = z
  .object({
    id: RouteId,
    venue: Slug,
    model: ModelName,
    name: z.string(),
    type: CatalogModel.shape.type.nullable(),
    tiers: z.array(Tier),
    routes: z.array(RouteId),
    blendedPicoUsd: PicoUsd.nullable(),
    priced: z.boolean(),
  })
  .meta({ id: 'CatalogItem' });
export type CatalogItem = z.output<typeof CatalogItem>;
export const CatalogList = listOf(CatalogItem).meta({ id: 'CatalogList' });

export const CatalogProfile = z
  .object({
    id: RouteId,
    venue: Slug,
    model: ModelName,
    /** Null where nobody has recorded facts: the rest still stands. */
    facts: CatalogModel.nullable(),
    venueFacts: CatalogVenue.nullable(),
    tabs: z.array(PriceTab),
    /** Rows that ended, and rows that begin later. */
    otherPrices: z.array(PriceRow),
    endpoints: z.array(CatalogEndpoint),
    guidance: z.array(Guidance),
    spreads: z.array(Spread),
    asOf: Instant,
    priceBook: z.string().nullable(),
  })
  .meta({ id: 'CatalogProfile' });
export type CatalogProfile = z.output<typeof CatalogProfile>;
