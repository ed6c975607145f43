/** How hard a caller asks a model to think, in the words of every wire format. Null: it does not say. */
import { type ReasoningEffort, reasoningEfforts } from '#contracts/lane.js';
import { isObject, type JsonObject } from './json-value.js';

/** Where Anthropic's callers give a budget of tokens instead of a word; below the first it is `low`. */
const budgets: [from: number, effort: ReasoningEffort][] = [
  [16_384, 'high'],
  [4_096, 'medium'],
];

/** `reasoning_effort` (chat), `reasoning.effort` (Responses, OpenRouter), `output_config.effort` and `thinking` (Messages). */
export function reasoningEffortOf(parsed: JsonObject): ReasoningEffort | null {
  const { reasoning, output_config: config, thinking } = parsed;
  const word =
    parsed.reasoning_effort ??
    (isObject(reasoning) ? reasoning.effort : null) ??
    (isObject(config) ? config.effort : null);
  const named = word === 'max' ? 'xhigh' : reasoningEfforts.find((effort) => effort === word);
  if (named) return named;
  if (!isObject(thinking)) return null;
  if (thinking.type === 'disabled') return 'none';
  const tokens = thinking.budget_tokens;
  if (typeof tokens !== 'number') return thinking.type === 'adaptive' ? 'medium' : null;
  return budgets.find(([from]) => tokens >= from)?.[1] ?? 'low';
}
