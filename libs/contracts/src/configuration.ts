/**
 * `o10.yaml`: the whole of what an organisation declares, as people write it. Prices and limits are US dollars, secrets
 * are names of environment variables. Only shapes are checked here; what names what is checked by the snapshot.
 */
import { z } from 'zod';
import { EnvelopePut } from './api/envelope-api.js';
import { PlanPut, SubscriptionPut } from './api/plan-api.js';
import { UseCasePut } from './api/use-case-api.js';
import { VenuePut } from './api/venue-api.js';
import { RoutePut } from './api/route-api.js';
import { LaneTable } from './lane.js';
import { CommitmentSection } from './commitment.js';
import { UsdLimit, UsdRate } from './money.js';
import { Instant, ModelName, RouteId, Slug } from './names.js';
import { PriceRow } from './price.js';
import { Meter } from './usage.js';
import { Mode } from './use-case.js';

const SecretName = z
  .string()
  .regex(/^env:[A-Za-z_][A-Za-z0-9_]*$/, 'name an environment variable, as in "env:OPENAI_API_KEY"');

const VenueSection = VenuePut.omit({ credential: true }).extend({
  /** Absent: the venue asks for no key. */
  key: SecretName.optional(),
});

/** Under the route's id, `venue/model` or `venue/model:tier`. */
const RouteSection = RoutePut.omit({ venue: true, model: true, tier: true });

const aboveZero = (picoUsd: bigint) => picoUsd > 0n;
const freeInstead = 'what costs nothing is listed under "free"';
const PerUnit = UsdRate.refine(aboveZero, freeInstead);
/** A price of one unit is a whole number of pico-dollars, so that no sum is ever rounded. */
const PerMillion = UsdRate.refine((picoUsd) => picoUsd % 1_000_000n === 0n, 'at most 6 decimals').refine(
  aboveZero,
  freeInstead,
);

/** Prices of one route that begin together. `usdPerMillion` for tokens, `usdPerUnit` for what is counted by the piece. */
const PriceSection = z
  .object({
    validFrom: Instant,
    validTo: Instant.optional(),
    source: PriceRow.shape.source,
    inputTokensAbove: PriceRow.shape.inputTokensAbove,
    usdPerMillion: z.partialRecord(Meter, PerMillion).optional(),
    usdPerUnit: z.partialRecord(Meter, PerUnit).optional(),
    /** Meters that cost nothing, said so by the venue. What is not listed anywhere has no known price. */
    free: z.array(Meter).optional(),
  })
  .refine(({ usdPerMillion, usdPerUnit, free }) => usdPerMillion ?? usdPerUnit ?? free, {
    message: 'needs usdPerMillion, usdPerUnit or free',
  });

const UseCaseSection = UseCasePut.extend({
  /** Absent: left as it is, so that a file need not know what was switched elsewhere. A new use case starts off. */
  mode: Mode.optional(),
});

const EnvelopeSection = EnvelopePut.omit({ limitNanoUsd: true }).extend({ limit: UsdLimit });

const keyed = <Key extends z.core.$ZodRecordKey, Section extends z.ZodType>(key: Key, section: Section) =>
  z.record(key, section).default({} as never);

export const Configuration = z
  .object({
    apiVersion: z.literal('v1'),
    venues: keyed(Slug, VenueSection),
    routes: keyed(RouteId, RouteSection),
    /** What a call's `model` means when it is not a route's id. */
    models: keyed(ModelName, RouteId),
    /** What `flux-auto`, `flux-fast` and their like mean. */
    lanes: LaneTable.optional(),
    plans: keyed(Slug, PlanPut),
    /** Which plan a team is on, by team. */
    subscriptions: keyed(Slug, SubscriptionPut),
    prices: keyed(RouteId, z.array(PriceSection).min(1)),
    /** Files with one `{"input": …, "expected": …}` per line, relative to this file, by use case. */
    suites: keyed(Slug, z.string().min(1)),
    useCases: keyed(Slug, UseCaseSection),
    envelopes: keyed(Slug, EnvelopeSection),
    commitments: keyed(Slug, CommitmentSection),
  })
  .meta({ id: 'Configuration' });
export type Configuration = z.output<typeof Configuration>;

/** For editors and for `o10 schema`. An object has the fields it has and no others. */
export function configurationJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(Configuration, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.type === 'object' && jsonSchema.properties && jsonSchema.additionalProperties === undefined)
        jsonSchema.additionalProperties = false;
    },
  });
}
