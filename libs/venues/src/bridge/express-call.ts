/**
 * Says wishes to a target: the AI SDK's call options, with what had to be adapted, or the obstacle. Pure, and the same
 * function decides whether a route is eligible and what is then sent, so that the two cannot disagree. What the venue
 * may answer is never more than what was held: thinking is taken out of the caller's own limit.
 */
import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { sanitizeJsonSchema } from '@ai-sdk/anthropic/internal';
import type { Tier } from '#contracts/price.js';
import { claudeTerms, type ClaudeTerms } from './claude-terms.js';
import { openAiTerms } from './openai-terms.js';
import { targetKindOf, targetTerms, type TargetKind } from './target-terms.js';
import type { Obstacle, Wishes } from './wishes.js';
import type { VenueProtocol } from '#contracts/venue.js';

export interface Target {
  protocol: VenueProtocol;
  model: string;
  family: string;
  tier: Tier;
  /** What was held for one answer, where the caller names no limit. */
  maxOutputTokens: number;
  /** Vertex asks for its tiers in headers, and takes no ids of calls. */
  vertex: boolean;
}

export interface Expressed {
  options: LanguageModelV4CallOptions;
  adaptations: string[];
  obstacle?: undefined;
}

export function expressCall(wishes: Wishes, target: Target): Expressed | { obstacle: Obstacle } {
  const kind = targetKindOf(target.protocol, target.model, target.family);
  if (kind === null) return { obstacle: 'wire_format' };
  const terms = targetTerms[kind];
  const met = [...wishes.features];
  const barred = met.find((feature) => terms[feature] === 'cannot');
  if (barred) return { obstacle: barred };
  const expressed = express[kind](wishes, target);
  if ('obstacle' in expressed) return expressed;
  const { options, adaptations } = expressed;
  const adapted = met.filter((feature) => terms[feature] === 'adapt');
  return { options: { ...common(wishes), ...options }, adaptations: [...adapted, ...adaptations] };
}

type Specific = { options: Partial<LanguageModelV4CallOptions>; adaptations: string[] } | { obstacle: Obstacle };

function common(wishes: Wishes): LanguageModelV4CallOptions {
  const { prompt, maxOutputTokens, temperature, topP, topK, presencePenalty, frequencyPenalty, seed } = wishes;
  const said = {
    maxOutputTokens,
    temperature,
    topP,
    topK,
    seed,
    toolChoice: wishes.tools.length ? wishes.toolChoice : null,
  };
  const penalties = { presencePenalty: presencePenalty || null, frequencyPenalty: frequencyPenalty || null };
  return {
    prompt,
    ...(Object.fromEntries(Object.entries({ ...said, ...penalties }).filter(([, value]) => value !== null)) as object),
    ...(wishes.stop.length > 0 ? { stopSequences: wishes.stop } : {}),
    ...(wishes.tools.length > 0 ? { tools: wishes.tools } : {}),
  };
}

const jsonFormat = ({ format }: Wishes): Partial<LanguageModelV4CallOptions> => {
  if (!format) return {};
  const { schema, name, description } = format;
  return {
    responseFormat: {
      type: 'json',
      ...(schema && { schema }),
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
    },
  };
};

const oneToolAtATime = ({ features }: Wishes): boolean => features.has('one_tool_at_a_time');

function toOpenAi(wishes: Wishes, { model, tier }: Target): Specific {
  const { format, effort, user } = wishes;
  const terms = openAiTerms(model);
  if (wishes.stop.length > 4) return { obstacle: 'stop' };
  if (terms.refusesSampling && (differs(wishes.temperature) || differs(wishes.topP)))
    return { obstacle: 'temperature' };
  if (tier === 'batch' || (tier !== 'standard' && !terms.tiers.has(tier))) return { obstacle: 'tier' };
  if (format?.strict && format.schema && !isStrict(format.schema)) return { obstacle: 'json_schema' };
  const openai: JSONObject = {
    ...(format && { strictJsonSchema: format.strict }),
    ...(effort && { reasoningEffort: effort }),
    ...(user !== null && { user }),
    ...(oneToolAtATime(wishes) && { parallelToolCalls: false }),
    ...(tier !== 'standard' && { serviceTier: tier }),
  };
  const sampling = terms.refusesSampling ? { temperature: undefined, topP: undefined } : {};
  // Roles of their own are not for every template: one message of instructions is.
  return {
    options: {
      ...sampling,
      ...jsonFormat(wishes),
      prompt: joinedSystem(wishes),
      providerOptions: { openai },
    } as object,
    adaptations: [],
  };
}

function joinedSystem({ prompt }: Wishes): Wishes['prompt'] {
  const system = prompt.filter((message) => message.role === 'system');
  if (system.length < 2) return prompt;
  const content = system.map((message) => message.content).join('\n\n');
  return [{ role: 'system', content }, ...prompt.filter((message) => message.role !== 'system')];
}

/** OpenAI promises an answer that fits only where every object lists all it may hold. */
function isStrict(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return true;
  if (Array.isArray(schema)) return schema.every(isStrict);
  const { type, properties, required, additionalProperties, ...rest } = schema as Record<string, unknown>;
  const names = Object.keys((properties as object | undefined) ?? {});
  const listed = Array.isArray(required) ? required : [];
  if (
    (type === 'object' || properties) &&
    (additionalProperties !== false || names.some((name) => !listed.includes(name)))
  )
    return false;
  return [...Object.values(rest), ...Object.values((properties as object | undefined) ?? {})].every(isStrict);
}

function toGemini(wishes: Wishes, { model, tier, vertex }: Target): Specific {
  const { format, tools, thinking, effort, stop } = wishes;
  if (stop.length > 5) return { obstacle: 'stop' };
  if (tier === 'batch') return { obstacle: 'tier' };
  if (format && tools.length > 0 && /gemini-[12]/.test(model)) return { obstacle: 'json_with_tools' };
  const google: JSONObject = {
    ...(thinking !== null && { thinkingConfig: { thinkingBudget: thinking === 'adaptive' ? -1 : thinking } }),
    ...(tier !== 'standard' && (vertex ? { sharedRequestType: tier } : { serviceTier: tier })),
  };
  const reasoning = effort && thinking === null ? { reasoning: effort } : {};
  return { options: { ...jsonFormat(wishes), ...reasoning, providerOptions: { google } }, adaptations: [] };
}

function toAnthropic(wishes: Wishes, target: Target): Specific {
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

function toBedrockClaude(wishes: Wishes, target: Target): Specific {
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

function toBedrock(wishes: Wishes, { tier }: Target): Specific {
  if (tier === 'batch') return { obstacle: 'tier' };
  if (wishes.format && wishes.tools.length > 0) return { obstacle: 'json_with_tools' };
  if (wishes.toolChoice?.type === 'none' && wishes.prompt.some(({ role }) => role === 'tool'))
    return { obstacle: 'tool_choice' };
  const bedrock: JSONObject = {
    ...(tier !== 'standard' && { serviceTier: tier }),
    ...(wishes.format && { structuredOutputMode: 'jsonTool' }),
  };
  const adaptations = wishes.format ? ['json_schema_by_tool'] : [];
  return { options: { ...jsonFormat(wishes), providerOptions: { bedrock } }, adaptations };
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

const differs = (value: number | null): boolean => value !== null && value !== 1;

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

const express: Record<TargetKind, (wishes: Wishes, target: Target) => Specific> = {
  openai: toOpenAi,
  anthropic: toAnthropic,
  gemini: toGemini,
  bedrock: toBedrock,
  'bedrock-claude': toBedrockClaude,
};
