/** A venue is a row: where models can be bought or run, and what that place does and promises. */
import { z } from 'zod';
import { ModelName, RouteId, Slug } from './names.js';
import { PriceRegion, Tier } from './price.js';

export const protocolNames = [
  'openai-chat',
  'openai-responses',
  'openai-embeddings',
  'openai-images',
  'openai-image-edits',
  'anthropic-messages',
  'anthropic-count-tokens',
] as const;
export const ProtocolName = z.enum(protocolNames).meta({ id: 'ProtocolName' });
export type ProtocolName = z.output<typeof ProtocolName>;

/** What venues speak: everything callers may, and formats that only the bridge writes. */
export const VenueProtocol = z
  .enum([...ProtocolName.options, 'gemini-generate', 'bedrock-converse'])
  .meta({ id: 'VenueProtocol' });
export type VenueProtocol = z.output<typeof VenueProtocol>;

/**
 * How a request says who pays. `google-service-account` signs with the key file of a service account, `aws-sigv4` with
 * the JSON object `{"accessKeyId", "secretAccessKey", "sessionToken"?}`; every other kind sends the credential in the
 * header of that name.
 */
export const VenueAuth = z
  .enum(['bearer', 'x-api-key', 'api-key', 'x-goog-api-key', 'google-service-account', 'aws-sigv4'])
  .meta({ id: 'VenueAuth' });
export type VenueAuth = z.output<typeof VenueAuth>;

/** Where data is processed. A venue that may use any place has none that can be relied on: null. */
export const Jurisdiction = z
  .string()
  .regex(/^[a-z]{2,12}$/, 'for example "eu", "us", "de"')
  .meta({ id: 'Jurisdiction' });

/** What is kept of a call's content, from nothing to everything. Order matters: earlier is stricter. */
export const retentionLevels = ['zero', 'metadata_only', 'redacted', 'full'] as const;
export const Retention = z.enum(retentionLevels).meta({ id: 'Retention' });
export type Retention = z.output<typeof Retention>;

/**
 * How a venue sells its flex tier: cheaper, slower, refused when it is busy. What it is sold for are prices of its own,
 * where it is processed is the route's.
 */
export const FlexTerms = z
  .object({
    /** `service_tier` in the body, or the header Vertex wants. */
    optIn: z.enum(['service_tier', 'vertex_header']).default('service_tier'),
    /** Statuses that say "not at this tier, or not now"; they cost nothing. OpenAI 429, Gemini 503, Groq 498, Azure 400. */
    refusals: z.array(z.number().int().min(400).max(599)).min(1).max(20).default([429, 503]),
    /** To the first byte. A client that gives up sooner pays for answers it never sees. */
    timeoutMs: z.number().int().positive().max(1_800_000).default(900_000),
  })
  .meta({ id: 'FlexTerms' });
export type FlexTerms = z.output<typeof FlexTerms>;

export const Venue = z
  .object({
    id: Slug,
    /** The wire format of its conversations. */
    protocol: VenueProtocol,
    /** What it serves besides under the same base URL and credential; absent: nothing. */
    alsoSpeaks: z.array(ProtocolName).max(20).optional(),
    /** Absent: as is usual for the protocol. */
    auth: VenueAuth.optional(),
    /** What `aws-sigv4` signs for: `eu-central-1`. */
    region: z
      .string()
      .regex(/^[a-z0-9-]{2,40}$/, 'for example "eu-central-1"')
      .optional(),
    /** Up to and including the version segment: `https://api.openai.com/v1`. Its query goes with every request. */
    baseUrl: z.url({ protocol: /^https?$/ }),
    jurisdiction: Jurisdiction.nullable(),
    /** What the venue keeps; null when it does not say, which no retention policy accepts. */
    retention: Retention.nullable(),
    /** The credential, sealed (see runtime/seal); null for a venue that asks for none. Never returned by the API. */
    sealedCredential: z.string().nullable(),
    /** The venue accepts `stream_options.include_usage`. */
    streamUsage: z.boolean(),
    /** Closing the connection stops the bill. Where false, an abandoned stream is drained to its usage. */
    abortStopsBilling: z.boolean(),
    connectTimeoutMs: z.number().int().positive().max(60_000),
    firstByteTimeoutMs: z.number().int().positive().max(1_800_000),
    idleTimeoutMs: z.number().int().positive().max(600_000),
    /** Absent: as `FlexTerms` has it by default, for what it sells at that tier. */
    flex: FlexTerms.optional(),
    /** How often it was given another address, wire format or region: evidence is about what answered there. Absent: never. */
    moves: z.number().int().positive().optional(),
  })
  .meta({ id: 'Venue' });
export type Venue = z.output<typeof Venue>;

export const capabilities = ['stream', 'tools', 'vision', 'json_schema', 'audio', 'images'] as const;
export const Capability = z.enum(capabilities).meta({ id: 'Capability' });
export type Capability = z.output<typeof Capability>;

/** A route is a model at a venue at a tier; it is what is chosen, priced, judged and served. */
export const Route = z
  .object({
    id: RouteId,
    venue: Slug,
    model: ModelName,
    tier: Tier,
    /** The place its host states it serves from, where that place has prices of its own; what an answer states outranks it. */
    region: PriceRegion.optional(),
    /** Where it is processed if not where its venue is: a tier may be served from anywhere (null). Absent: as the venue. */
    jurisdiction: Jurisdiction.nullable().optional(),
    /** What evidence is about. A new revision is a new claim and starts without evidence. */
    revision: z.string().min(1).max(100),
    /** The venue may change what answers under this name; evidence about it expires sooner. Absent: where the model is called `…latest`. */
    floating: z.boolean().optional(),
    /** The maker's line of models; a judge never grades its own family. */
    family: Slug,
    contextWindow: z.number().int().positive(),
    maxOutputTokens: z.number().int().positive(),
    capabilities: z.array(Capability),
    /** Tie-breaker of the choice; measured, or null. */
    latencyMsP50: z.number().int().positive().nullable(),
  })
  .refine((route) => route.id === routeIdOf(route), { message: 'id must be venue/model[:tier]', path: ['id'] })
  .meta({ id: 'Route' });
export type Route = z.output<typeof Route>;

/** The one spelling of a route's id. */
export function routeIdOf(route: { venue: string; model: string; tier: Tier }): RouteId {
  return route.tier === 'standard' ? `${route.venue}/${route.model}` : `${route.venue}/${route.model}:${route.tier}`;
}

const usualAuth: Partial<Record<VenueProtocol, VenueAuth>> = {
  'anthropic-messages': 'x-api-key',
  'gemini-generate': 'x-goog-api-key',
  'bedrock-converse': 'aws-sigv4',
};

export const authOf = ({ auth, protocol }: Pick<Venue, 'auth' | 'protocol'>): VenueAuth =>
  auth ?? usualAuth[protocol] ?? 'bearer';

/** Whether a call in this wire format can be sent to the venue as it is. */
export function speaks(venue: Pick<Venue, 'protocol' | 'alsoSpeaks'>, protocol: ProtocolName): boolean {
  return venue.protocol === protocol || (venue.alsoSpeaks?.includes(protocol) ?? false);
}

const usualFlex = FlexTerms.parse({});
export const flexTermsOf = ({ flex }: Pick<Venue, 'flex'>): FlexTerms => flex ?? usualFlex;
