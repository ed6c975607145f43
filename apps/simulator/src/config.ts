/** What a simulator is told to be. Prices are decimal strings: a JSON number would already have lost the last digits. */
import { z } from 'zod';
import { FaultBehaviour } from './fault.js';

/** USD per million tokens; six decimals are whole pico-USD per token. */
const PerMillion = z.string().regex(/^\d{1,9}(\.\d{1,6})?$/, 'a decimal string in USD with at most 6 decimals');
/** USD per request; twelve decimals are whole pico-USD. */
const PerRequest = z.string().regex(/^\d{1,9}(\.\d{1,12})?$/, 'a decimal string in USD with at most 12 decimals');

export const Prices = z.strictObject({
  inputPerMillion: PerMillion,
  /** Where given, the model caches prompts (see prompt-cache.ts) and cached tokens cost this. */
  cachedInputPerMillion: PerMillion.optional(),
  /** Writing into the cache where the caller asked for it; as input unless told. */
  cacheWrite5mPerMillion: PerMillion.optional(),
  cacheWrite1hPerMillion: PerMillion.optional(),
  outputPerMillion: PerMillion,
  perRequest: PerRequest.optional(),
});
export type Prices = z.output<typeof Prices>;

/** A call the model makes when it is offered tools. Without a name it calls the first tool offered. */
const ToolCallRule = z.strictObject({
  name: z.string().optional(),
  arguments: z.union([z.string(), z.record(z.string(), z.unknown())]),
});
export type ToolCallRule = z.output<typeof ToolCallRule>;

/** Several are made in parallel. */
const callsTools = { toolCall: z.union([ToolCallRule, z.array(ToolCallRule).min(1)]).optional() };
export const AnswerRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), text: z.string(), ...callsTools }),
  z.strictObject({ kind: z.literal('echo'), ...callsTools }),
  z.strictObject({
    kind: z.literal('skill'),
    /** Share of known questions answered right. */
    accuracy: z.number().min(0).max(1),
    /** Said to a question nothing is known about. */
    otherwise: z.string().default('I do not know.'),
    ...callsTools,
  }),
  z.strictObject({
    kind: z.literal('recorded'),
    /** JSONL or JSONL.gz inside `recordings.folder`. */
    file: z.string().min(1),
    /** The field of a line that holds the answer. */
    field: z.string().min(1).default('output'),
    /** Said to a question without a recording; without it such a request is answered 400. */
    otherwise: z.string().optional(),
    ...callsTools,
  }),
]);
export type AnswerRule = z.output<typeof AnswerRule>;

export const Model = z.strictObject({
  id: z.string().min(1),
  /** The name the answer carries, where it differs (`gpt-4o` is served as `gpt-4o-2024-08-06`). */
  servedAs: z.string().min(1).optional(),
  answer: AnswerRule,
  latencyMs: z
    .strictObject({ firstByte: z.number().int().nonnegative(), perChunk: z.number().int().nonnegative() })
    .default({ firstByte: 0, perChunk: 0 }),
  tokensPerChunk: z.number().int().positive().default(4),
  /** Hidden tokens thought before each answer: billed as output, and taken off max_completion_tokens first. */
  reasoningTokens: z.number().int().nonnegative().default(0),
  contextTokens: z.number().int().positive().optional(),
  /** How long a prefix the model cached by itself lives after it was last seen. */
  cacheLifetimeMs: z.number().int().positive().default(300_000),
  prices: Prices,
  /** Prices of the service tiers this model is also sold at; a tier not listed is served as `default`. */
  tierPrices: z.partialRecord(z.enum(['flex', 'priority']), Prices).default({}),
  defaultFault: FaultBehaviour.optional(),
});
export type Model = z.output<typeof Model>;

/** How a venue wants to hear who pays. `either`: the key as Bearer or in `x-api-key`. */
const Authorisation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('either') }),
  z.strictObject({
    kind: z.literal('header'),
    name: z.enum(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key']),
  }),
  /** Tokens a service account signed for itself; the key is its public one, in PEM. */
  z.strictObject({ kind: z.literal('google'), clientEmail: z.string().min(3), publicKey: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('aws'),
    accessKeyId: z.string().min(1),
    secretAccessKey: z.string().min(1),
    region: z.string().min(1),
  }),
]);

export const Venue = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, ".", "_" or "-"'),
  apiKey: z.string().min(1),
  auth: Authorisation.default({ kind: 'either' }),
  /** What every request must have in its query. */
  query: z.record(z.string(), z.string()).default({}),
  jurisdiction: z.string().optional(),
  /** What a stream costs that the client walked out of: what was generated until then, or the whole answer. */
  abortBilling: z.enum(['stops', 'full']).default('stops'),
  models: z.array(Model).min(1),
});
export type Venue = z.output<typeof Venue>;

const AnswerPair = z.strictObject({ right: z.string(), wrong: z.array(z.string()).min(1) });
export type AnswerPair = z.output<typeof AnswerPair>;

const Match = z.union([
  z.string().min(1),
  z.strictObject({ contains: z.string().min(1) }),
  z.strictObject({
    regex: z.string().min(1),
    flags: z
      .string()
      .regex(/^[imsu]*$/)
      .default(''),
  }),
]);

export const KnowledgeEntry = z.strictObject({
  /** On the last user message: its exact text (outer whitespace aside), a part of it, or a regular expression. */
  match: Match,
  /** One pair, or one per use case (`metadata.use_case`), with `*` for every other. */
  answers: z.union([AnswerPair, z.record(z.string(), AnswerPair)]),
});
export type KnowledgeEntry = z.output<typeof KnowledgeEntry>;

const unique = (ids: string[]) => new Set(ids).size === ids.length;

export const SimulatorConfig = z
  .strictObject({
    seed: z.union([z.string(), z.number().int()]).transform(String),
    venues: z.array(Venue).min(1),
    recordings: z
      .strictObject({ folder: z.string().min(1), questions: z.string().min(1).default('questions.jsonl.gz') })
      .optional(),
    knowledge: z.array(KnowledgeEntry).default([]),
    /** Requests kept per venue for `GET /_sim/requests`. */
    keepRequests: z.number().int().nonnegative().default(200),
  })
  .refine((config) => unique(config.venues.map((venue) => venue.id)), { message: 'two venues share an id' })
  .refine((config) => config.venues.every((venue) => unique(venue.models.map((model) => model.id))), {
    message: 'a venue lists one model twice',
  })
  .refine((config) => config.recordings || !config.venues.some(sellsRecordings), {
    message: 'a model answers from recordings, but no recordings folder is given',
    path: ['recordings'],
  });
export type SimulatorConfig = z.output<typeof SimulatorConfig>;
export type SimulatorConfigInput = z.input<typeof SimulatorConfig>;

function sellsRecordings(venue: Venue): boolean {
  return venue.models.some((model) => model.answer.kind === 'recorded');
}

/** Throws an Error that names every wrong field by its path. */
export function parseConfig(input: unknown): SimulatorConfig {
  const parsed = SimulatorConfig.safeParse(input);
  if (!parsed.success) throw new Error(`The simulator's configuration is wrong:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
