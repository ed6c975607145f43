/** The AI SDK's model for a target. It keeps no credential and asks no environment: both are ours, behind its `fetch`. */
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { Target } from './target.js';
import { targetKindOf, type TargetKind } from './target-terms.js';
import { sdkBaseUrl } from './venue-fetch.js';

/** It keeps no credential and no address: both are ours, behind `fetch`. */
export const sdkSettings = (fetch: typeof globalThis.fetch) => ({
  baseURL: sdkBaseUrl,
  apiKey: 'held-by-the-venue-client',
  fetch,
});

export function venueModel(target: Target, fetch: typeof globalThis.fetch): LanguageModelV4 {
  const { protocol, model, family, vertex } = target;
  const kind = targetKindOf(protocol, model, family);
  if (kind === null) throw new Error(`no model speaks ${protocol}`);
  const settings = sdkSettings(fetch);
  const made: Record<TargetKind, () => LanguageModelV4> = {
    openai: () => createOpenAI(settings).chat(model),
    'openai-responses': () => createOpenAI(settings).responses(model),
    anthropic: () => createAnthropic(settings)(model),
    // By this name the SDK knows Vertex from the Gemini API.
    gemini: () => createGoogle({ ...settings, ...(vertex && { name: 'google.vertex.chat' }) })(model),
    bedrock: () => createAmazonBedrock(settings)(model),
    'bedrock-claude': () => createAmazonBedrock(settings)(model, { modelFamily: 'anthropic' }),
  };
  return made[kind]();
}
