/**
 * What each target makes of what formats differ in. `cannot`: the call cannot be said there, because what is asked would
 * change. `adapt`: what is left out is a hint, a label or a mark, and the record says so. Not listed: said as it is.
 */
import type { VenueProtocol } from '#contracts/venue.js';
import type { Feature } from './wishes.js';

/** Claude at Bedrock understands what Claude does; other models there do not. */
export type TargetKind = 'openai' | 'openai-responses' | 'anthropic' | 'gemini' | 'bedrock' | 'bedrock-claude';

type Terms = Partial<Record<Feature, 'cannot' | 'adapt'>>;

const bedrock: Terms = {
  unstored: 'adapt',
  unsigned_thoughts: 'adapt',
  tool_cache_control: 'adapt',
  remote_media: 'cannot',
  audio: 'cannot',
  image_detail: 'adapt',
  tool_error: 'adapt',
  late_system: 'cannot',
  tool_history_without_tools: 'cannot',
  labels: 'adapt',
  user: 'adapt',
  temperature_above_1: 'cannot',
  top_k: 'cannot',
  penalties: 'cannot',
  seed: 'cannot',
  json_object: 'cannot',
};

const openai: Terms = {
  unstored: 'adapt',
  unsigned_thoughts: 'adapt',
  reasoning_summary: 'adapt',
  cache_control: 'adapt',
  tool_cache_control: 'adapt',
  thinking_history: 'adapt',
  text_document: 'cannot',
  tool_error: 'adapt',
  prefill: 'cannot',
  labels: 'adapt',
  top_k: 'cannot',
  thinking_budget: 'cannot',
  thinking_adaptive: 'cannot',
};

export const targetTerms: Record<TargetKind, Terms> = {
  openai: { ...openai, tool_result_media: 'cannot' },
  'openai-responses': { ...openai, audio: 'cannot', penalties: 'cannot', seed: 'cannot' },
  anthropic: {
    unstored: 'adapt',
    unsigned_thoughts: 'adapt',
    audio: 'cannot',
    image_detail: 'adapt',
    late_system: 'cannot',
    labels: 'adapt',
    temperature_above_1: 'cannot',
    penalties: 'cannot',
    seed: 'cannot',
    json_object: 'cannot',
  },
  gemini: {
    unstored: 'adapt',
    unsigned_thoughts: 'adapt',
    cache_control: 'adapt',
    tool_cache_control: 'adapt',
    thinking_history: 'adapt',
    remote_media: 'cannot',
    image_detail: 'adapt',
    tool_error: 'adapt',
    tool_result_media: 'cannot',
    prefill: 'cannot',
    late_system: 'cannot',
    labels: 'adapt',
    user: 'adapt',
    penalties: 'cannot',
    one_tool_at_a_time: 'cannot',
  },
  bedrock: {
    ...bedrock,
    cache_control: 'adapt',
    thinking_history: 'adapt',
    prefill: 'cannot',
    one_tool_at_a_time: 'cannot',
    thinking_budget: 'cannot',
    thinking_adaptive: 'cannot',
    effort: 'cannot',
    reasoning_summary: 'adapt',
  },
  'bedrock-claude': bedrock,
};

const kinds: Partial<Record<VenueProtocol, TargetKind>> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai-responses',
  'anthropic-messages': 'anthropic',
  'gemini-generate': 'gemini',
};

/** Null: no call is ever translated into this format. A provisioned model's ARN does not name its maker; its family does. */
export function targetKindOf(protocol: VenueProtocol, model: string, family: string): TargetKind | null {
  if (protocol !== 'bedrock-converse') return kinds[protocol] ?? null;
  return /anthropic|claude/.test(`${model} ${family}`) ? 'bedrock-claude' : 'bedrock';
}
