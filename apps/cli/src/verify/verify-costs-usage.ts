/** Reads what a bill says was used: which wire format it is, that format's reader, and what is counted beside it. */
import type { Meter, Usage, UsageParts } from '#contracts/usage.js';
import { isReported, type Reported, reported, partsFrom, countOf, quarantined } from '#protocols/usage/count.js';
import { groundingSearchesIn, readGeminiUsage } from '#protocols/usage/read-gemini-usage.js';
import { readImagesUsage } from '#protocols/usage/read-media-usage.js';
import { readResponsesUsage } from '#protocols/usage/read-responses-usage.js';
import { type UsageFormat, usageReaders } from '#protocols/usage/usage-readers.js';
import type { CostCase } from './verify-costs-file.js';
import { billedUnit } from './verify-costs-units.js';

type Report = Pick<CostCase, 'provider' | 'model' | 'context' | 'usage'>;

const has = (object: Reported, ...names: string[]) => names.some((name) => object[name] !== undefined);

/** Counts already taken apart, in words of their own (`output_image_tokens`), each inside its side's total. */
function readNormalised(raw: Reported): Usage {
  const [input, output] = [countOf(raw.input_tokens), countOf(raw.output_tokens)];
  const of = (name: string) => countOf(raw[name]);
  const [read, audioRead] = [of('cache_read_tokens'), of('cache_audio_read_tokens')];
  const [written, hour] = [of('cache_write_tokens'), of('cache_write_1h_tokens')];
  const [audio, image, video] = [of('input_audio_tokens'), of('input_image_tokens'), of('input_video_tokens')];
  const [reasoning, audioOut, imageOut] = [
    of('output_reasoning_tokens'),
    of('output_audio_tokens'),
    of('output_image_tokens'),
  ];
  const counts = {
    input_uncached: input - read - written - (audio - audioRead) - image - video,
    cache_read: read - audioRead,
    cache_read_audio: audioRead,
    cache_write_5m: written - hour,
    cache_write_1h: hour,
    audio_in: audio - audioRead,
    image_in: image,
    video_in: video,
    output_text: output - reasoning - audioOut - imageOut,
    reasoning,
    audio_out: audioOut,
    image_out: imageOut,
  };
  return reported(raw, partsFrom(counts, []));
}

const chatOf: Record<string, UsageFormat> = {
  'x-ai': 'xai',
  xai: 'xai',
  deepseek: 'deepseek',
  mistral: 'mistral',
  openrouter: 'openrouter',
  perplexity: 'perplexity',
};

function chatFormat(usage: Reported, provider: string): UsageFormat {
  if (!has(usage, 'completion_tokens')) return 'openai-embeddings';
  return chatOf[provider] ?? 'openai-chat';
}

function tokenFormat(usage: Reported, { provider, model }: Report): UsageFormat {
  if (has(usage, 'input_token_details')) return 'openai-audio';
  if (has(usage, 'cache_creation_input_tokens', 'cache_read_input_tokens', 'cache_creation', 'inference_geo'))
    return 'anthropic-messages';
  if (provider === 'anthropic' || /claude/i.test(model)) return 'anthropic-messages';
  const inside = isReported(usage.input_tokens_details) ? usage.input_tokens_details : {};
  return /image/i.test(model) || has(inside, 'image_tokens', 'text_tokens') ? 'openai-images' : 'openai-responses';
}

/** Null where nothing known is in it. */
function formatOf(usage: Reported, report: Report): UsageFormat | null {
  if (has(usage, 'promptTokenCount', 'candidatesTokenCount')) return 'gemini';
  if (has(usage, 'total_input_tokens')) return 'gemini-interactions';
  if (has(usage, 'inputTokens')) return 'bedrock-converse';
  if (has(usage, 'billed_units')) return 'cohere';
  if (has(usage, 'pages_processed')) return 'mistral';
  if (has(usage, 'prompt_tokens')) return chatFormat(usage, report.provider);
  if (has(usage, 'input_tokens')) return tokenFormat(usage, report);
  if (has(usage, 'frames', 'video_frames', 'num_frames', 'video_seconds')) return 'video';
  if (/video|sora|veo/i.test(report.model) && has(usage, 'seconds', 'duration_seconds')) return 'video';
  if (has(usage, 'characters', 'seconds', 'duration')) return 'openai-audio';
  if (/black-forest|bfl|flux/i.test(`${report.provider} ${report.model}`)) return 'bfl';
  return has(usage, 'inputImages', 'output_mp') ? 'bfl' : null;
}

const wrappers = ['usage', 'usageMetadata', 'usage_info', 'meta'] as const;

/** The object the readers want, out of the answer it came in. */
function unwrapped(usage: Reported): unknown {
  const name = wrappers.find((one) => usage[one] !== undefined);
  return name === undefined ? usage : usage[name];
}

function readToken(usage: Reported, format: UsageFormat, report: Report, outer: Reported): Usage {
  if (format === 'openai-responses') return readResponsesUsage(usage, { ...report.context, ...outer });
  if (format !== 'gemini') return usageReaders[format](usage);
  const grounding = outer.groundingMetadata ?? report.context.groundingMetadata;
  const candidates = grounding === undefined ? outer.candidates : [{ groundingMetadata: grounding }];
  return readGeminiUsage(usage, groundingSearchesIn({ candidates, modelVersion: report.model }));
}

/** Meters no format's token counts hold: fees a bill counts in fields of its own. */
const beside: readonly Meter[] = [
  'web_searches',
  'file_searches',
  'code_executions',
  'code_execution_seconds',
  'maps_queries',
  'web_fetches',
  'citation',
  'steps',
  'search_units',
  'pages',
  'annotation_pages',
  'characters',
  'images',
  'requests',
  'seconds',
  'video_seconds',
  'video_frames',
];

const countNames = /^(max_uses|count|calls|uses|n|limit)$/;

/** Every whole number under a name that is a unit, or under `count` or `max_uses` of one. */
export function countsBeside(value: unknown, name = ''): Partial<Record<Meter, number>> {
  const counts: Partial<Record<Meter, number>> = {};
  if (Array.isArray(value)) for (const one of value) Object.assign(counts, countsBeside(one, name));
  if (!isReported(value)) return counts;
  const own = typeof value.type === 'string' ? value.type : typeof value.name === 'string' ? value.name : name;
  for (const [key, inner] of Object.entries(value)) {
    if (!Number.isSafeInteger(inner)) Object.assign(counts, countsBeside(inner, key));
    const unit = billedUnit(countNames.test(key) ? own : key);
    const meter = unit?.meters[0];
    if (Number.isSafeInteger(inner) && meter && beside.includes(meter)) counts[meter] = (inner as number) * unit.times;
  }
  return counts;
}

/** Adds what the bill has prices for and the format's reader has no count of. */
function withBeside(usage: Usage, report: Report, billed: ReadonlySet<Meter>): Usage {
  if (usage.basis === 'missing' || usage.basis === 'quarantined') return usage;
  const parts: UsageParts = { ...usage.parts };
  const found = { ...countsBeside(report.context), ...countsBeside(report.usage) };
  for (const [meter, count] of Object.entries(found) as [Meter, number][])
    if (billed.has(meter) && parts[meter] === undefined) parts[meter] = count;
  return { ...usage, parts };
}

/** Sold by the picture: as many as came back, else as were asked for, else the one there is. */
function readImages(usage: Reported): Usage {
  if (Array.isArray(usage.data)) return readImagesUsage(undefined, usage.data);
  return reported(usage, partsFrom({ images: countOf(usage.n ?? usage.images ?? 1) }, ['images']));
}

/** `billed` are the meters the bill has lines for. */
export function readReported(report: Report, billed: ReadonlySet<Meter>): Usage {
  if (report.usage === undefined || report.usage === null) return { basis: 'missing', parts: {} };
  if (!isReported(report.usage)) return quarantined(report.usage);
  if (isReported(report.usage.normalized)) return readNormalised(report.usage.normalized);
  const inner = unwrapped(report.usage);
  if (inner === undefined || inner === null) return { basis: 'missing', parts: {} };
  if (!isReported(inner)) return quarantined(inner);
  const format = formatOf(inner, report);
  if ((format === null || format === 'bfl') && billed.has('images'))
    return withBeside(readImages(inner), report, billed);
  if (format !== null) return withBeside(readToken(inner, format, report, report.usage), report, billed);
  const parts = withBeside({ basis: 'reported', parts: {}, raw: inner }, report, billed);
  return Object.keys(parts.parts).length > 0 ? parts : quarantined(inner);
}
