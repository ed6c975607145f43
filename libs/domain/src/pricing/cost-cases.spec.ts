/**
 * Published worked examples: what a venue reported, and the exact cost. Reading each venue's report is the work of
 * protocols; the few lines of it here only bring the cases to parts. Cases whose price depends on something a row
 * cannot say (region factor, time of day, size of a search, characters, pages) are left out, and counted.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UsdRate } from '#contracts/money.js';
import type { PriceRow, Tier } from '#contracts/price.js';
import type { Meter, UsageParts } from '#contracts/usage.js';
import { ceilingOf } from './ceiling-of.js';
import { costOf, totalInputOf } from './cost-of.js';
import { priceIndexOf } from './price-book.js';

/** Token counts inside a total, by the names of the OpenAI formats. */
interface Inside {
  cached_tokens?: number;
  cache_write_tokens?: number;
  audio_tokens?: number;
  image_tokens?: number;
  reasoning_tokens?: number;
}

interface Gemini {
  promptTokenCount: number;
  candidatesTokenCount: number;
  thoughtsTokenCount?: number;
  toolUsePromptTokenCount?: number;
  cachedContentTokenCount?: number;
  promptTokensDetails?: { modality: string; tokenCount: number }[];
}

/** Whatever any of the venues reports; each reader below takes what its venue gives. */
interface Reported extends Partial<Record<CountName, number>> {
  usage?: Reported;
  usageMetadata?: Gemini;
  normalized?: { output_tokens: number; output_image_tokens: number; output_reasoning_tokens: number };
  prompt_tokens_details?: Inside;
  input_tokens_details?: Inside;
  completion_tokens_details?: Inside;
  output_tokens_details?: Inside;
  cache_creation?: { ephemeral_1h_input_tokens: number };
  inputImages?: [number, number][];
  data?: unknown[];
  request?: { estimatedInputTokens: number; max_completion_tokens: number; n?: number };
}

type CountName =
  | 'prompt_tokens'
  | 'input_tokens'
  | 'inputTokens'
  | 'completion_tokens'
  | 'output_tokens'
  | 'outputTokens'
  | 'prompt_cache_hit_tokens'
  | 'cache_read_input_tokens'
  | 'cacheReadInputTokens'
  | 'cache_creation_input_tokens'
  | 'cacheWriteInputTokens'
  | 'width'
  | 'height'
  | 'n';

interface Case {
  id: string;
  title: string;
  kind: string;
  provider: string;
  model: string;
  at?: string;
  context?: { responseServiceTier?: Tier; n?: number };
  usage: Reported;
  expected: { lines: { unit: string; quantity: string; rateUsd: string; per: number }[]; totalPicoUsd: string };
  wrongAnswersUsd?: string[];
}

const path = new URL('../../../../../shared/data/money/cost-cases.json', import.meta.url);
const cases: Case[] = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).cases : [];
const settle = cases.filter((one) => one.kind === 'settle');

/** Why a case is not run. */
const outOfReach: Record<string, string> = {
  'oai-25-image15-cache-overlap': 'cached text and cached images have different rates',
  'oai-29-tts-characters': 'no meter for characters',
  'ant-13-geo': 'a factor by place of inference',
  'dsk-03-offpeak': 'a price by time of day',
  'ppl-01-request-fee': 'a fee by search context size',
  'orr-01-byok': 'the venue states the cost itself',
  'ocr-01-pages': 'no meter for pages',
  'rrk-01-search-units': 'no meter for search units',
};

const meterOfUnit: Record<string, Meter> = {
  input: 'input_uncached',
  input_text: 'input_uncached',
  cache_read: 'cache_read',
  cache_write: 'cache_write_5m',
  cache_write_5m: 'cache_write_5m',
  cache_write_1h: 'cache_write_1h',
  output: 'output_text',
  output_text: 'output_text',
  input_audio: 'audio_in',
  output_audio: 'audio_out',
  input_image: 'image_in',
  output_image: 'image_out',
  images: 'images',
  first_mp: 'megapixels_first',
  extra_mp: 'megapixels_further',
  input_mp: 'megapixels_in',
};

const megapixels = (width: number, height: number) => Math.max(1, Math.ceil((width * height) / 1_048_576));

/** Cached, reasoning, audio and image tokens are inside the totals; at x-ai reasoning comes on top. */
function openaiParts(usage: Reported, { provider, model }: Case): UsageParts {
  const input = usage.prompt_tokens ?? usage.input_tokens ?? 0;
  const output = usage.completion_tokens ?? usage.output_tokens ?? 0;
  const inside = usage.prompt_tokens_details ?? usage.input_tokens_details ?? {};
  const made = usage.completion_tokens_details ?? usage.output_tokens_details ?? {};
  const cacheRead = inside.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0;
  const cacheWrite = inside.cache_write_tokens ?? 0;
  const [audioIn, imageIn] = [inside.audio_tokens ?? 0, inside.image_tokens ?? 0];
  const [audioOut, reasoning] = [made.audio_tokens ?? 0, made.reasoning_tokens ?? 0];
  const imageOut = made.image_tokens ?? (model.startsWith('gpt-image') ? output : 0);
  return {
    input_uncached: input - cacheRead - cacheWrite - audioIn - imageIn,
    cache_read: cacheRead,
    cache_write_5m: cacheWrite,
    audio_in: audioIn,
    image_in: imageIn,
    output_text: output - audioOut - imageOut - (provider === 'x-ai' ? 0 : reasoning),
    reasoning,
    audio_out: audioOut,
    image_out: imageOut,
  };
}

/** Cached tokens inside the prompt; thoughts and tool prompts on top. */
function geminiParts(usage: Gemini): UsageParts {
  const cached = usage.cachedContentTokenCount ?? 0;
  const audio = usage.promptTokensDetails?.find((one) => one.modality === 'AUDIO')?.tokenCount ?? 0;
  return {
    input_uncached: usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0) - cached - audio,
    cache_read: cached,
    audio_in: audio,
    output_text: usage.candidatesTokenCount,
    reasoning: usage.thoughtsTokenCount ?? 0,
  };
}

/** Everything on top of the plain input. */
function anthropicParts(usage: Reported): UsageParts {
  const hour = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  return {
    input_uncached: usage.input_tokens ?? usage.inputTokens,
    cache_read: usage.cache_read_input_tokens ?? usage.cacheReadInputTokens ?? 0,
    cache_write_5m: (usage.cache_creation_input_tokens ?? usage.cacheWriteInputTokens ?? 0) - hour,
    cache_write_1h: hour,
    output_text: usage.output_tokens ?? usage.outputTokens,
  };
}

function fluxParts({ width = 0, height = 0 }: Reported, sizesIn: [number, number][]): UsageParts {
  return {
    megapixels_first: 1,
    megapixels_further: megapixels(width, height) - 1,
    megapixels_in: sizesIn.reduce((total, [w, h]) => total + megapixels(w, h), 0),
  };
}

function partsOf(one: Case): UsageParts {
  const { usage } = one;
  if (usage.usageMetadata) return geminiParts(usage.usageMetadata);
  if (usage.normalized) {
    const { output_tokens: all, output_image_tokens: image, output_reasoning_tokens: reasoning } = usage.normalized;
    return { output_text: all - image - reasoning, reasoning, image_out: image };
  }
  if (one.provider === 'anthropic' || one.provider === 'aws-bedrock') return anthropicParts(usage);
  if (usage.inputImages) return fluxParts(usage, usage.inputImages);
  if (usage.data) return { images: usage.data.length };
  if (usage.n) return { images: usage.n };
  return openaiParts(usage.usage ?? usage, one);
}

const month = 30 * 24 * 3600 * 1000;

/** The listed rates, and around each the rates one would get by looking at the wrong tier, band or day. */
function rowsOf(one: Case, parts: UsageParts, atMs: number): PriceRow[] {
  const [venue, model, tier] = [one.provider, one.model, one.context?.responseServiceTier ?? 'standard'];
  const threshold = /tier|context|surcharge/.test(one.id) ? (one.provider === 'anthropic' ? 200_000 : 272_000) : null;
  const long = threshold !== null && totalInputOf(parts) > threshold;
  return one.expected.lines.flatMap(({ unit, rateUsd, per }) => {
    const meter = meterOfUnit[unit.replace(/_(flex|priority)$/, '')];
    if (!meter) throw new Error(`${one.id}: no meter for ${unit}`);
    const ratePicoUsd = UsdRate.decode(rateUsd) / BigInt(per);
    const wrong = ratePicoUsd * 7n + 1n;
    const dates = { validFrom: iso(atMs), validTo: iso(atMs + month), source: one.id };
    const right = { venue, model, tier, meter, ratePicoUsd, ...dates };
    const decoys: PriceRow[] = [
      { ...right, ratePicoUsd: wrong, validFrom: iso(atMs - month), validTo: iso(atMs) },
      { ...right, ratePicoUsd: wrong, validFrom: iso(atMs + month), validTo: undefined },
      { ...right, ratePicoUsd: wrong, tier: tier === 'batch' ? 'standard' : 'batch' },
    ];
    if (threshold === null) return [right, ...decoys];
    const banded = { ...right, inputTokensAbove: threshold };
    if (long) return [banded, { ...right, ratePicoUsd: wrong }, ...decoys];
    return [right, { ...banded, ratePicoUsd: wrong }, ...decoys];
  });
}

const iso = (ms: number) => new Date(ms).toISOString();
const within = settle.filter((one) => !(one.id in outOfReach));

if (settle.length === 0) console.warn('cost-cases.json IS NOT HERE: no published cost was checked');

describe.skipIf(settle.length === 0)('published cost cases', () => {
  test.each(within.map((one) => [one.id, one.title, one] as const))('%s: %s', (_id, _title, one) => {
    const atMs = Date.parse(one.at ?? '2026-11-20T00:00:00Z');
    const parts = partsOf(one);
    const index = priceIndexOf({ hash: '0'.repeat(64), rows: rowsOf(one, parts, atMs) });
    const route = {
      venue: one.provider,
      model: one.model,
      tier: one.context?.responseServiceTier ?? 'standard',
    } as const;
    const cost = costOf({ basis: 'reported', parts, raw: one.usage }, index, route, atMs);
    if (!cost.priced) throw new Error(`no price for ${cost.unpricedMeters.join(', ')}`);
    expect(cost.costPicoUsd).toBe(BigInt(one.expected.totalPicoUsd));
    for (const wrong of one.wrongAnswersUsd ?? [])
      expect(cost.costPicoUsd).not.toBe(UsdRate.decode(wrong.slice(0, 14)));
  });

  test('every case is run or left out for a stated reason', () => {
    console.info(`cost cases: ${within.length} of ${settle.length} settle cases run; not expressible in rows yet:`);
    for (const [id, reason] of Object.entries(outOfReach)) console.info(`  ${id}: ${reason}`);
    expect(Object.keys(outOfReach).filter((id) => !settle.some((one) => one.id === id))).toEqual([]);
    expect(within.length).toBeGreaterThan(40);
  });

  test.each(cases.filter((one) => one.kind === 'hold').map((one) => [one.id, one] as const))('%s', (_, one) => {
    const rows = one.expected.lines.map(({ unit, rateUsd, per }): PriceRow => {
      const meter = unit === 'input_ceiling' ? 'input_uncached' : 'output_text';
      const ratePicoUsd = UsdRate.decode(rateUsd) / BigInt(per);
      return { venue: 'v', model: 'm', tier: 'standard', meter, ratePicoUsd, validFrom: iso(0), source: one.id };
    });
    const { estimatedInputTokens, max_completion_tokens, n = 1 } = one.usage.request!;
    const bound = { inputTokensMax: estimatedInputTokens, outputTokensMax: max_completion_tokens, choices: n };
    const index = priceIndexOf({ hash: '0'.repeat(64), rows });
    const ceiling = ceilingOf(bound, index, { venue: 'v', model: 'm', tier: 'standard' }, 0);
    expect(ceiling).toBe(BigInt(one.expected.totalPicoUsd));
  });
});
