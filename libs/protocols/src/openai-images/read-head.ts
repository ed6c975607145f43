/** Reads a request for pictures once: how many are asked for, since that is what they cost by. */
import type { Capability } from '#contracts/venue.js';
import type { TopLevel } from '../json-top-level.js';
import { isObject, type JsonObject, textOf } from '../json-value.js';
import { firstMessagesTextOf } from '../message-text.js';
import { tierAsked } from '../openai-chat/read-head.js';
import { absentOr, isBoolean, isPositive, isText, parseBody, type Refused, wrong, wrongModel } from '../parse-body.js';
import type { HeadReading } from '../protocol.js';

const deciding: ReadonlySet<string> = new Set([
  ...['model', 'prompt', 'n', 'size', 'quality', 'stream', 'partial_images', 'provider', 'metadata', 'service_tier'],
  ...['image', 'images', 'mask'],
]);

/** More are not made at once anywhere that publishes a limit (OpenAI: 10). */
const picturesMax = 64;
const partialsMax = 3;

/** The first field of the wrong type; of a form, whose values are text, `n` and `stream` are read before. */
export function wrongType(parsed: JsonObject): Refused | null {
  const nameless = wrongModel(parsed.model);
  if (nameless) return nameless;
  if (!absentOr(parsed.prompt, isText)) return wrong('prompt', 'text');
  if (!absentOr(parsed.n, (value) => isPositive(value) && (value as number) <= picturesMax))
    return wrong('n', `a whole number from 1 to ${picturesMax}`);
  if (
    !absentOr(parsed.partial_images, (value) => value === 0 || (isPositive(value) && (value as number) <= partialsMax))
  )
    return wrong('partial_images', `a whole number up to ${partialsMax}`);
  if (!absentOr(parsed.stream, isBoolean)) return wrong('stream', 'true or false');
  for (const name of ['provider', 'metadata']) if (!absentOr(parsed[name], isObject)) return wrong(name, 'an object');
  return null;
}

export function readHead(body: Buffer): HeadReading {
  const request = parseBody(body, { deciding, wrongType });
  if (request.refusal) return { refusal: request.refusal };
  const { parsed, fields } = request;
  const given = Array.isArray(parsed.images) ? parsed.images.length : 0;
  return headOf(parsed, fields, { textBytes: body.length, pictures: given + (parsed.mask === undefined ? 0 : 1) });
}

/** A picture read at high fidelity: 4,160 to 6,240 tokens beside its own (OpenAI, image generation guide); twice that. */
const pictureInTokensBound = 12_480;
const pictureInTokensExpected = 1_600;

export function headOf(
  parsed: JsonObject,
  fields: TopLevel,
  input: { textBytes: number; pictures: number },
): HeadReading {
  const asked = tierAsked(parsed);
  if (asked.refusal) return { refusal: asked.refusal };
  const metadata = isObject(parsed.metadata) ? parsed.metadata : {};
  const stream = parsed.stream === true;
  const needs: Capability[] = [
    ...(stream ? ['stream' as const] : []),
    ...(input.pictures > 0 ? ['vision' as const] : []),
    'images',
  ];
  const count = typeof parsed.n === 'number' ? parsed.n : 1;
  const prompt = textOf(parsed.prompt) ?? '';
  return {
    parsed,
    head: {
      requestedModel: parsed.model as string,
      model: asked.model,
      tier: asked.tier,
      stream,
      includeUsage: stream, // the last event of each picture carries it
      streamCost: false,
      maxOutputTokens: 0,
      choices: 1,
      needs,
      hostedTools: [],
      replayable: false,
      // Each picture is billed as if it were asked for alone, its input too.
      inputTokensBound: (input.textBytes + input.pictures * pictureInTokensBound) * count,
      inputTokensExpected: (Math.ceil(input.textBytes / 4) + input.pictures * pictureInTokensExpected) * count,
      contexts: count,
      pictures: { count, partials: typeof parsed.partial_images === 'number' ? parsed.partial_images : 0 },
      metadataUseCase: textOf(metadata.use_case),
      session: null,
      firstMessagesText: firstMessagesTextOf([{ role: 'user', content: prompt }]),
      lastUserText: prompt,
      fields,
    },
  };
}
