/**
 * Says wishes to a target: the AI SDK's call options, with what had to be adapted, or the obstacle. Pure, and the same
 * function decides whether a route is eligible and what is then sent, so that the two cannot disagree.
 */
import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { toAnthropic, toBedrockClaude } from './express-claude.js';
import { toOpenAi, toResponses } from './express-openai.js';
import { jsonFormat, type Specific, type Target } from './target.js';
import { targetKindOf, targetTerms, type TargetKind } from './target-terms.js';
import type { Obstacle, Wishes } from './wishes.js';

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

function toGemini(wishes: Wishes, { model, tier, vertex }: Target): Specific {
  const { format, tools, thinking, effort, stop, features } = wishes;
  if (stop.length > 5) return { obstacle: 'stop' };
  if (tier === 'batch') return { obstacle: 'tier' };
  if (format && tools.length > 0 && /gemini-[12]/.test(model)) return { obstacle: 'json_with_tools' };
  const thinkingConfig = {
    ...(thinking !== null && { thinkingBudget: thinking === 'adaptive' ? -1 : thinking }),
    ...(features.has('reasoning_summary') && { includeThoughts: true }),
  };
  const google: JSONObject = {
    ...(Object.keys(thinkingConfig).length > 0 && { thinkingConfig }),
    ...(tier !== 'standard' && (vertex ? { sharedRequestType: tier } : { serviceTier: tier })),
  };
  const reasoning = effort && thinking === null ? { reasoning: effort } : {};
  return { options: { ...jsonFormat(wishes), ...reasoning, providerOptions: { google } }, adaptations: [] };
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

const express: Record<TargetKind, (wishes: Wishes, target: Target) => Specific> = {
  openai: toOpenAi,
  'openai-responses': toResponses,
  anthropic: toAnthropic,
  gemini: toGemini,
  bedrock: toBedrock,
  'bedrock-claude': toBedrockClaude,
};
