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

/** Takes `usage`, and the `output` items of the same answer for the fees of tools. */
export function readResponsesUsage(raw: unknown, output?: unknown): Usage {
  if (raw === undefined || raw === null) return missingUsage;
  if (!isReported(raw)) return quarantined(raw);
  const tokens = tokenParts(raw);
  return reported(raw, tokens && { ...tokens, ...toolPartsIn(output) }, statedCostIn(raw));
}
