/**
 * Translates OpenAI's pictures from words: Gemini's image models make one with an answer. What says how a picture is to look
 * and has no word there bars the route; a size is said as the shape it has.
 */
import { createGoogle } from '@ai-sdk/google';
import { isObject, textOf, type JsonObject } from '#protocols/json-value.js';
import type { Translate } from './exchange.js';
import { rawAnswer } from './raw-answer.js';
import { given, strangerIn } from './read-parts.js';
import { refusedByOpenAi } from './spell-refused.js';
import { imagesUsage } from './spell-usage.js';
import type { Occasion, Target } from './target.js';
import { sdkSettings } from './venue-model.js';
import type { Obstacle } from './wishes.js';

/** Fields that may be there as long as they say what holds without them. */
const idle: Record<string, (value: unknown) => boolean> = {
  n: (value) => value === 1,
  stream: (value) => value === false,
  partial_images: (value) => value === 0,
  quality: (value) => value === 'auto',
  background: (value) => value === 'auto',
  moderation: (value) => value === 'auto',
  output_format: (value) => value === 'png',
  output_compression: (value) => value === 100,
  response_format: (value) => value === 'b64_json',
};
const read: ReadonlySet<string> = new Set([
  ...['model', 'prompt', 'size', 'user', 'provider', 'metadata', 'service_tier'],
  ...Object.keys(idle),
]);

const shapes: Record<string, `${number}:${number}` | undefined> = {
  auto: undefined,
  '1024x1024': '1:1',
  '1536x1024': '3:2',
  '1024x1536': '2:3',
};

interface Asked {
  prompt: string;
  aspectRatio: `${number}:${number}` | undefined;
  adaptations: string[];
}

function readImagesCall(body: JsonObject): Asked | { obstacle: Obstacle } {
  const stranger =
    strangerIn(body, read) ?? Object.keys(idle).find((name) => given(body[name]) && !idle[name]?.(body[name]));
  if (stranger !== undefined && stranger !== null) return { obstacle: `field:${stranger}` };
  const [prompt, size] = [textOf(body.prompt), given(body.size) ? textOf(body.size) : 'auto'];
  if (prompt === null) return { obstacle: 'field:prompt' };
  if (size === null || !(size in shapes)) return { obstacle: 'field:size' };
  const adaptations = [
    ...(given(body.user) ? ['user'] : []),
    ...(given(body.metadata) ? ['labels'] : []),
    ...(shapes[size] ? [`size:${shapes[size]}`] : []),
  ];
  return { prompt, aspectRatio: shapes[size], adaptations };
}

export function draw(body: JsonObject, { nowMs }: Occasion): Translate<Target> {
  const asked = readImagesCall(body);
  return (target) => {
    if (target.protocol !== 'gemini-generate' || !/^gemini-.*image/.test(target.model)) return { obstacle: 'images' };
    if (target.tier !== 'standard') return { obstacle: 'tier' };
    if ('obstacle' in asked) return asked;
    const { prompt, aspectRatio, adaptations } = asked;
    return {
      adaptations,
      raw: () => rawAnswer(target.protocol, false),
      refused: refusedByOpenAi,
      ask: async (exchange) => {
        const model = createGoogle(sdkSettings(exchange.fetch)).image(target.model);
        const options = { prompt, n: 1, size: undefined, aspectRatio, seed: undefined, providerOptions: {} };
        const { images, warnings, providerMetadata } = await model.doGenerate({
          ...options,
          files: undefined,
          mask: undefined,
        });
        const { usage } = await exchange.ended();
        exchange.warned(warnings);
        // It may have been billed all the same: no picture is no answer, and no zero.
        if (images.length === 0) throw new Error(`the venue made no picture (${reasonIn(providerMetadata)})`);
        const data = images.map((image) => ({
          b64_json: typeof image === 'string' ? image : Buffer.from(image).toString('base64'),
        }));
        const counted = usage.basis === 'missing' ? {} : { usage: imagesUsage(usage) };
        await exchange.tell(200, JSON.stringify({ created: Math.floor(nowMs / 1000), data, ...counted }));
      },
    };
  };
}

function reasonIn(metadata: unknown): string {
  const google = isObject(metadata) ? metadata.google : null;
  return (isObject(google) && textOf(google.finishReason)) || 'it did not say why';
}
