/**
 * A call in words of no wire format: what a reader makes of a request, and what a target is then asked to express. What
 * formats differ in is also noted as a feature, so that a table can say what each target makes of it.
 */
import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt, LanguageModelV4ToolChoice } from '@ai-sdk/provider';
import type { JsonObject } from '#protocols/json-value.js';

export const features = [
  'cache_control',
  'tool_cache_control',
  'thinking_history',
  /** Earlier thoughts nobody can vouch for: no model takes them back. */
  'unsigned_thoughts',
  /** What was thought is to be told in short. */
  'reasoning_summary',
  /** The caller did not say that nothing is to be kept, and nothing is. */
  'unstored',
  'remote_media',
  'audio',
  'document',
  'text_document',
  'image_detail',
  'tool_error',
  'tool_result_media',
  /** The last message is the assistant's, to be gone on with. */
  'prefill',
  /** Instructions in the middle of the conversation. */
  'late_system',
  'tool_history_without_tools',
  /** Names for the caller's own books: metadata, cache keys, a safety identifier. */
  'labels',
  'user',
  'temperature_above_1',
  'top_k',
  'penalties',
  'seed',
  'json_object',
  'json_schema',
  'one_tool_at_a_time',
  'thinking_budget',
  'thinking_adaptive',
  'effort',
] as const;
export type Feature = (typeof features)[number];

export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;
export type Effort = (typeof efforts)[number];

export interface JsonFormat {
  schema: JsonObject | null;
  name: string | undefined;
  description: string | undefined;
  /** The answer must fit, as opposed to should. */
  strict: boolean;
}

export interface Wishes {
  prompt: LanguageModelV4Prompt;
  maxOutputTokens: number | null;
  temperature: number | null;
  topP: number | null;
  topK: number | null;
  presencePenalty: number | null;
  frequencyPenalty: number | null;
  seed: number | null;
  stop: string[];
  tools: LanguageModelV4FunctionTool[];
  toolChoice: LanguageModelV4ToolChoice | null;
  format: JsonFormat | null;
  effort: Effort | null;
  /** Tokens to think with, `adaptive`, or null: as the model does by itself. */
  thinking: number | 'adaptive' | null;
  user: string | null;
  features: ReadonlySet<Feature>;
}

/**
 * Why a call cannot be said: a feature, or `field:<name>` of a field no other format has. Stable, as it is in records.
 */
export type Obstacle = string;

export type Reading = { wishes: Wishes; obstacle?: undefined } | { obstacle: Obstacle };

/** Notes what a reader meets; the first obstacle is the one that is told. */
export class Notes {
  readonly features = new Set<Feature>();
  obstacle: Obstacle | null = null;

  cannot(obstacle: Obstacle): void {
    this.obstacle ??= obstacle;
  }
}
