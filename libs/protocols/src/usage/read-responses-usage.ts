/**
 * Responses usage as a partition. All details are subsets of `input_tokens` and `output_tokens`; fees of tools the
 * venue ran are in no usage object, so they are counted in the answer's items.
 */
import type { Usage, UsageParts } from '#contracts/usage.js';
import {
  countOf,
  has,
  isReported,
  missingUsage,
  partsFrom,
  quarantined,
  type Reported,
  reported,
  within,
} from './count.js';
import { readImagesUsage } from './read-media-usage.js';
import { statedCostIn } from './venue-cost.js';

const feeOfItem = { web_search_call: 'web_searches', file_search_call: 'file_searches' } as const;

/** Searches of the answer's items; opening a page found earlier is no search (OpenAI pricing page, built-in tools). */
export function toolPartsIn(output: unknown): UsageParts {
  const parts: UsageParts = {};
  const containers = new Set<unknown>();
  for (const item of Array.isArray(output) ? output.filter(isReported) : []) {
    if (item.type === 'code_interpreter_call') containers.add(item.container_id);
    const meter = feeOfItem[item.type as keyof typeof feeOfItem];
    const action = within(item, 'action').type;
    if (meter === undefined || (action !== undefined && action !== 'search')) continue;
    parts[meter] = (parts[meter] ?? 0) + 1;
  }
  if (containers.size > 0) parts.code_executions = containers.size;
  return parts;
}

function tokenParts(usage: Reported): UsageParts | null {
  const [input, output] = [countOf(usage.input_tokens ?? NaN), countOf(usage.output_tokens ?? NaN)];
  const [inside, made] = [within(usage, 'input_tokens_details'), within(usage, 'output_tokens_details')];
  const [read, written] = [countOf(inside.cached_tokens), countOf(inside.cache_write_tokens)];
  const [audio, audioOut] = [countOf(inside.audio_tokens), countOf(made.audio_tokens)];
  const [reasoning, image] = [countOf(made.reasoning_tokens), countOf(made.image_tokens)];
  const total = has(usage, 'total_tokens') ? countOf(usage.total_tokens) : input + output;
  const onTop = total === input + output + reasoning && total !== input + output;
  if (total !== input + output && !onTop) return null;
  const counts = {
    input_uncached: input - read - written - audio,
    cache_read: read,
    cache_write_5m: written,
    audio_in: audio,
    output_text: output - audioOut - image - (onTop ? 0 : reasoning),
    reasoning,
    audio_out: audioOut,
    image_out: image,
  };
  return partsFrom(counts, ['input_uncached', 'output_text']);
}

/** What an answer says of itself beside its `usage`. */
export interface AnswerTerms {
  output?: unknown;
  /** As the request had them, defaults filled in. */
  tools?: unknown;
  tool_usage?: unknown;
}

const itemsIn = (list: unknown, type: string): Reported[] =>
  Array.isArray(list) ? list.filter(isReported).filter((item) => item.type === type) : [];

/** Under this name pictures are priced, or not, where the answer does not say which model drew them. */
const unnamedPainter = 'image_generation';

/** Pictures drawn for the call by a model of their own: in tokens where the answer says them, else by the piece. */
function picturesIn({ output, tools, tool_usage: counted }: AnswerTerms): Usage['others'] | null {
  const usage = within(isReported(counted) ? counted : {}, 'image_gen');
  const pictures = itemsIn(output, 'image_generation_call').length;
  const { basis, parts } = has(usage, 'output_tokens')
    ? readImagesUsage(usage)
    : { basis: 'reported', parts: { images: pictures } };
  if (basis !== 'reported') return null;
  if (Object.values(parts).every((quantity) => quantity === 0)) return [];
  const models = new Set(itemsIn(tools, 'image_generation').map(({ model }) => model));
  const [model] = models;
  return [{ model: models.size === 1 && typeof model === 'string' ? model : unnamedPainter, parts }];
}

/** Takes `usage`, and what the same answer says besides for the fees of tools. A cost the venue states includes them. */
export function readResponsesUsage(raw: unknown, answer: AnswerTerms = {}): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  const tokens = tokenParts(raw);
  const usage = reported(raw, tokens && { ...tokens, ...toolPartsIn(answer.output) }, statedCostIn(raw));
  if (usage.basis !== 'reported' || usage.venueCostPicoUsd !== undefined) return usage;
  const others = picturesIn(answer);
  if (!others) return quarantined(raw);
  return others.length > 0 ? { ...usage, others } : usage;
}
