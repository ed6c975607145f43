/**
 * Translates OpenAI's embeddings: texts in, vectors out. A vector of another length, or of a text put into tokens by another
 * model's tokenizer, would be another vector, so both bar the route where the venue does not know them.
 */
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { createGoogle } from '@ai-sdk/google';
import type { EmbeddingModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider';
import { isObject, type JsonObject, parseObject } from '#protocols/json-value.js';
import { countOf, missingUsage, partsFrom, reported } from '#protocols/usage/count.js';
import { readGeminiUsage } from '#protocols/usage/read-gemini-usage.js';
import type { Usage } from '#contracts/usage.js';
import type { Translate } from './exchange.js';
import { nothingServed, type RawServed, WholeAnswer } from './raw-answer.js';
import { given, numberOf, strangerIn } from './read-parts.js';
import { refusedByOpenAi } from './spell-refused.js';
import { embeddingsUsage } from './spell-usage.js';
import type { Target } from './target.js';
import { sdkSettings } from './venue-model.js';
import type { Obstacle } from './wishes.js';

const read: ReadonlySet<string> = new Set([
  'model',
  'input',
  'encoding_format',
  'dimensions',
  'user',
  'provider',
  'metadata',
]);

interface Asked {
  values: string[];
  dimensions: number | null;
  packed: boolean;
  adaptations: string[];
}

function readEmbeddingsCall(body: JsonObject): Asked | { obstacle: Obstacle } {
  const stranger = strangerIn(body, read);
  if (stranger !== null) return { obstacle: `field:${stranger}` };
  const values = [body.input].flat();
  if (!values.every((value) => typeof value === 'string')) return { obstacle: 'field:input' };
  const { encoding_format: encoding } = body;
  if (given(encoding) && encoding !== 'float' && encoding !== 'base64') return { obstacle: 'field:encoding_format' };
  const adaptations = [...(given(body.user) ? ['user'] : []), ...(given(body.metadata) ? ['labels'] : [])];
  return { values, dimensions: numberOf(body.dimensions), packed: encoding === 'base64', adaptations };
}

interface Offer {
  /** Texts one request takes. */
  textsMax: number;
  /** Lengths a vector may be asked for at; null: any. */
  lengths: readonly number[] | null;
  /** What is otherwise than at OpenAI. */
  adaptations(dimensions: number | null): readonly string[];
  model(fetch: typeof globalThis.fetch): EmbeddingModelV4;
  options(dimensions: number): SharedV4ProviderOptions;
  usage(answer: JsonObject, headers: Readonly<Record<string, string>>): Usage;
}

/** Vertex takes Google's request for one vector, without the model's name in it, for its newer models; the others predict. */
const vertexEmbeds = /^gemini-embedding-(?!001)/;

/** Null: no vectors are asked for in this format. */
function offerOf({ protocol, model, vertex }: Target): Offer | null {
  if (protocol === 'gemini-generate') {
    if (vertex && !vertexEmbeds.test(model)) return null;
    return {
      textsMax: vertex ? 1 : 100, // https://ai.google.dev/api/embeddings, batchEmbedContents
      lengths: null,
      // Vectors cut short have another length than 1 there (https://ai.google.dev/gemini-api/docs/embeddings).
      adaptations: (dimensions) => (dimensions === null ? [] : ['not_normalised']),
      model: (fetch) => createGoogle(sdkSettings(vertex ? withoutModel(fetch) : fetch)).embedding(model),
      options: (outputDimensionality) => ({ google: { outputDimensionality } }),
      usage: ({ usageMetadata }) => readGeminiUsage(usageMetadata),
    };
  }
  if (protocol !== 'bedrock-converse') return null;
  const kind = /cohere\.embed-/.test(model) ? 'cohere' : /amazon\.titan-embed/.test(model) ? 'titan' : null;
  if (kind === null) return null;
  const common = {
    model: (fetch: typeof globalThis.fetch) => createAmazonBedrock(sdkSettings(fetch)).embedding(model),
  };
  if (kind === 'cohere')
    return {
      ...common,
      textsMax: 96,
      lengths: /embed-v4/.test(model) ? [256, 512, 1024, 1536] : [],
      // Cohere tells questions from what they are asked of.
      adaptations: () => ['input_type:search_query'],
      options: (outputDimension) => ({ bedrock: { outputDimension } }),
      usage: (_, headers) => countedTexts(headers['x-amzn-bedrock-input-token-count']),
    };
  return {
    ...common,
    textsMax: 1,
    lengths: /-v2:/.test(model) ? [256, 512, 1024] : [],
    adaptations: () => [],
    options: (dimensions) => ({ bedrock: { dimensions } }),
    usage: ({ inputTextTokenCount: count }) => countedTexts(count),
  };
}

function countedTexts(count: unknown): Usage {
  if (!given(count)) return missingUsage;
  const input = countOf(typeof count === 'string' && /^\d{1,15}$/.test(count) ? Number(count) : count);
  return reported({ inputTokens: count }, partsFrom({ input_uncached: input }, ['input_uncached']));
}

const withoutModel =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  (input, init) => {
    const { model: _, ...body } = parseObject(typeof init?.body === 'string' ? init.body : '') ?? {};
    return fetch(input, { ...init, body: JSON.stringify(body) });
  };

export function embed(body: JsonObject): Translate<Target> {
  const asked = readEmbeddingsCall(body);
  return (target) => {
    const offer = offerOf(target);
    if (!offer) return { obstacle: 'embeddings' };
    if ('obstacle' in asked) return asked;
    const { values, dimensions, packed, adaptations } = asked;
    if (target.tier !== 'standard') return { obstacle: 'tier' };
    if (values.length > offer.textsMax) return { obstacle: 'texts' };
    if (dimensions !== null && offer.lengths && !offer.lengths.includes(dimensions)) return { obstacle: 'dimensions' };
    return {
      adaptations: [...adaptations, ...offer.adaptations(dimensions)],
      raw: (headers) => new WholeAnswer((answer) => servedBy(offer, answer, headers)),
      refused: refusedByOpenAi,
      ask: async (exchange) => {
        const providerOptions = dimensions === null ? {} : { providerOptions: offer.options(dimensions) };
        const { embeddings, warnings } = await offer.model(exchange.fetch).doEmbed({ values, ...providerOptions });
        const { usage } = await exchange.ended();
        exchange.warned(warnings);
        await exchange.tell(200, spellEmbeddings(embeddings, { packed, model: target.model, usage }));
      },
    };
  };
}

const servedBy = (offer: Offer, answer: JsonObject, headers: Readonly<Record<string, string>>): RawServed => ({
  ...nothingServed,
  usage: offer.usage(answer, headers),
  complete: isObject(answer.embedding) || Array.isArray(answer.embedding) || given(answer.embeddings),
});

/** Packed as OpenAI packs them: floats of 32 bits, the lowest byte first. */
function spellEmbeddings(
  embeddings: readonly number[][],
  { packed, model, usage }: { packed: boolean; model: string; usage: Usage },
): string {
  const data = embeddings.map((vector, index) => {
    const embedding = packed ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
    return { object: 'embedding', index, embedding };
  });
  const counted = usage.basis === 'missing' ? {} : { usage: embeddingsUsage(usage) };
  return JSON.stringify({ object: 'list', data, model, ...counted });
}
