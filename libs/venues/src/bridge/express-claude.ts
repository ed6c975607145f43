/**
 * Wishes in Claude's words, at Anthropic and at Bedrock. What may be answered is never more than what was held: thinking is
 * taken out of the caller's own limit.
 */
import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { sanitizeJsonSchema } from '@ai-sdk/anthropic/internal';
import { claudeTerms, type ClaudeTerms } from './claude-terms.js';
import { differs, jsonFormat, oneToolAtATime, type Specific, type Target } from './target.js';
import type { Obstacle, Wishes } from './wishes.js';

export function toAnthropic(wishes: Wishes, target: Target): Specific {
  if (target.tier !== 'standard') return { obstacle: 'tier' };
  const terms = claudeTerms(target.model);
  const said = toClaude(wishes, target, terms);
  if ('obstacle' in said) return said;
  const { budgetTokens, effort, adaptations, options } = said;
  const anthropic: JSONObject = {
    // Input of tools arrives in pieces all the same; the eager kind is a beta.
    toolStreaming: false,
    ...(budgetTokens !== null && { thinking: { type: 'enabled', budgetTokens } }),
    ...(oneToolAtATime(wishes) && { disableParallelToolUse: true }),
    ...(wishes.user !== null && { metadata: { userId: wishes.user } }),
  };
  return { options: { ...options, ...(effort && { reasoning: effort }), providerOptions: { anthropic } }, adaptations };
}

export function toBedrockClaude(wishes: Wishes, target: Target): Specific {
  if (target.tier === 'batch') return { obstacle: 'tier' };
  const terms = claudeTerms(target.model);
  const said = toClaude(wishes, target, { ...terms, writesJson: false });
  if ('obstacle' in said) return said;
  const { budgetTokens, effort, adaptations, options } = said;
  if (wishes.toolChoice?.type === 'none' && wishes.prompt.some(({ role }) => role === 'tool'))
    return { obstacle: 'tool_choice' };
  const thinks = effort !== null || wishes.thinking === 'adaptive';
  const bedrock: JSONObject = {
    ...(budgetTokens !== null && { reasoningConfig: { type: 'enabled', budgetTokens } }),
    ...(thinks && { reasoningConfig: { type: 'adaptive', ...(effort && { maxReasoningEffort: effort }) } }),
    ...(target.tier !== 'standard' && { serviceTier: target.tier }),
    ...(wishes.format && { structuredOutputMode: 'jsonTool' }),
  };
  const anthropic: JSONObject = oneToolAtATime(wishes) ? { disableParallelToolUse: true } : {};
  return { options: { ...options, providerOptions: { bedrock, anthropic } }, adaptations };
}

interface ToClaude {
  options: Partial<LanguageModelV4CallOptions>;
  adaptations: string[];
  /** Of the model's own thinking, where it is bounded by a number. */
  budgetTokens: number | null;
  effort: Wishes['effort'];
}

/** What is the same wherever Claude runs. */
function toClaude(wishes: Wishes, target: Target, terms: ClaudeTerms): ToClaude | { obstacle: Obstacle } {
  const limit = wishes.maxOutputTokens ?? target.maxOutputTokens;
  const adaptations = wishes.maxOutputTokens === null ? [`max_tokens:${limit}`] : [];
  const budget = thinkingBudget(wishes, limit, terms);
  if (typeof budget === 'object' && budget !== null) return budget;
  const byEffort = wishes.effort !== null && terms.adaptive;
  const thinks = budget !== null || wishes.thinking === 'adaptive' || (byEffort && wishes.effort !== 'none');
  const sampling = samplingOf(wishes, terms, thinks);
  if ('obstacle' in sampling) return sampling;
  const forced = wishes.toolChoice?.type === 'required' || wishes.toolChoice?.type === 'tool';
  if (forced && wishes.tools.length > 0 && (thinks || terms.refusesForcedTools)) return { obstacle: 'tool_choice' };
  const { format } = wishes;
  if (format?.schema && !terms.writesJson) {
    if (wishes.tools.length > 0 || thinks || terms.refusesForcedTools) return { obstacle: 'json_with_tools' };
    adaptations.push('json_schema_by_tool');
  } else if (format?.schema && JSON.stringify(sanitizeJsonSchema(format.schema)) !== JSON.stringify(format.schema))
    adaptations.push('json_schema_relaxed');
  if (budget !== null && wishes.effort !== null) adaptations.push(`effort:budget_tokens=${budget}`);
  return {
    // The SDK adds the budget to the limit it is given.
    options: { ...sampling.options, ...jsonFormat(wishes), maxOutputTokens: limit - (budget ?? 0) },
    adaptations,
    budgetTokens: budget,
    effort: byEffort ? wishes.effort : null,
  };
}

const budgetMin = 1_024;
/** Shares of the limit a model of the bounded kind may think with. */
const budgetShare: Record<string, number> = { minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.9 };

/** Null: no budget. A model of the adaptive kind has none, and an effort says how much it thinks. */
function thinkingBudget(wishes: Wishes, limit: number, terms: ClaudeTerms): number | null | { obstacle: Obstacle } {
  const { thinking, effort } = wishes;
  if (thinking === 'adaptive') return terms.adaptive ? null : { obstacle: 'thinking_adaptive' };
  if (effort === 'none' && terms.alwaysThinks) return { obstacle: 'effort' };
  if (thinking === null && (effort === null || effort === 'none' || terms.adaptive)) return null;
  if (terms.refusesBudgets) return { obstacle: 'thinking_budget' };
  const budget = thinking ?? Math.floor(limit * (budgetShare[effort ?? 'medium'] ?? 0));
  if (budget < budgetMin || budget >= limit) return { obstacle: 'thinking_budget' };
  // Thinking that calls tools must show its earlier thoughts, signed, and a chat may not have kept them.
  const bare = wishes.prompt.some(
    ({ role, content }) =>
      role === 'assistant' &&
      content.some((part) => part.type === 'tool-call') &&
      !content.some((part) => part.type === 'reasoning'),
  );
  return bare ? { obstacle: 'thinking_history' } : budget;
}

/** Claude takes a temperature or a nucleus, not both; none while it thinks. What says 1 says nothing. */
function samplingOf(
  { temperature, topP, topK }: Wishes,
  terms: ClaudeTerms,
  thinks: boolean,
): { options: Partial<LanguageModelV4CallOptions> } | { obstacle: Obstacle } {
  const silent = { temperature: undefined, topP: undefined } as object;
  if (!differs(temperature) && !differs(topP) && topK === null) return { options: silent };
  if (terms.refusesSampling || thinks)
    return { obstacle: differs(topP) && !differs(temperature) ? 'top_p' : 'temperature' };
  if (differs(temperature) && differs(topP)) return { obstacle: 'top_p' };
  return { options: (differs(topP) ? { temperature: undefined } : { topP: undefined }) as object };
}
