/** Wishes in OpenAI's words: chat completions and Responses. */
import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { openAiTerms } from './openai-terms.js';
import { differs, jsonFormat, oneToolAtATime, type Specific, type Target } from './target.js';
import type { Obstacle, Wishes } from './wishes.js';

export function toOpenAi(wishes: Wishes, target: Target): Specific {
  if (wishes.stop.length > 4) return { obstacle: 'stop' };
  const said = common(wishes, target);
  if ('obstacle' in said) return said;
  // Roles of their own are not for every template: one message of instructions is.
  return expressed(wishes, target, { ...said.openai }, { prompt: joinedSystem(wishes) });
}

/** Below it OpenAI's Responses refuse a limit. */
const outputTokensMin = 16;

/** Nothing is kept there of what another format's caller could never ask for again. */
export function toResponses(wishes: Wishes, target: Target): Specific {
  if (wishes.stop.length > 0) return { obstacle: 'stop' };
  if (wishes.maxOutputTokens !== null && wishes.maxOutputTokens < outputTokensMin) return { obstacle: 'max_tokens' };
  const said = common(wishes, target);
  if ('obstacle' in said) return said;
  const thinks = wishes.effort !== null;
  if (thinks && (differs(wishes.temperature) || differs(wishes.topP))) return { obstacle: 'temperature' };
  // The SDK asks for a summary of the thinking by itself, which an unverified organisation is refused.
  const thinking = thinks && { reasoningSummary: null, forceReasoning: true };
  return expressed(wishes, target, { ...said.openai, ...thinking, store: false }, {});
}

function common(wishes: Wishes, { model, tier }: Target): { openai: JSONObject } | { obstacle: Obstacle } {
  const { format, effort, user } = wishes;
  const terms = openAiTerms(model);
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
  return { openai };
}

function expressed(
  wishes: Wishes,
  { model }: Target,
  openai: JSONObject,
  more: Partial<LanguageModelV4CallOptions>,
): Specific {
  const silent = openAiTerms(model).refusesSampling || openai.forceReasoning === true;
  const sampling = (silent ? { temperature: undefined, topP: undefined } : {}) as object;
  return {
    options: { ...sampling, ...jsonFormat(wishes), ...more, providerOptions: { openai } },
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
