/** Where a call is to be said: what that place speaks, and what was held for the answer. */
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Tier } from '#contracts/price.js';
import type { VenueProtocol } from '#contracts/venue.js';
import type { Obstacle, Wishes } from './wishes.js';

/** What an answer is called: told by whoever sends, as nothing here has a clock. */
export interface Occasion {
  requestId: string;
  nowMs: number;
}

export interface Target {
  /** Of its conversations. */
  protocol: VenueProtocol;
  /** It speaks OpenAI's Responses, if only besides. */
  responses: boolean;
  model: string;
  family: string;
  tier: Tier;
  /** What was held for one answer, where the caller names no limit. */
  maxOutputTokens: number;
  /** Vertex asks for its tiers in headers, and takes no ids of calls. */
  vertex: boolean;
}

/** What a target's own settings come to, beside what every target is told alike. */
export type Specific = { options: Partial<LanguageModelV4CallOptions>; adaptations: string[] } | { obstacle: Obstacle };

export const jsonFormat = ({ format }: Wishes): Partial<LanguageModelV4CallOptions> => {
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

export const oneToolAtATime = ({ features }: Wishes): boolean => features.has('one_tool_at_a_time');

/** What says 1 says nothing: it is what every model does by itself. */
export const differs = (value: number | null): boolean => value !== null && value !== 1;
