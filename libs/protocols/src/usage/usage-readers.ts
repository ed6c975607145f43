/** Every wire format's reader of its usage object, by the name of the format. One reader, one convention. */
import type { Usage } from '#contracts/usage.js';
import { readAnthropicUsage } from './read-anthropic-usage.js';
import { readBedrockUsage } from './read-bedrock-usage.js';
import { readBflUsage } from './read-bfl-usage.js';
import {
  readChatUsage,
  readDeepSeekUsage,
  readOpenRouterUsage,
  readPerplexityUsage,
  readXaiUsage,
} from './read-chat-usage.js';
import { readCohereUsage } from './read-cohere-usage.js';
import { readEmbeddingsUsage } from './read-embeddings-usage.js';
import { readGeminiInteractionUsage, readGeminiUsage } from './read-gemini-usage.js';
import { readAudioUsage, readImagesUsage, readVideoUsage } from './read-media-usage.js';
import { readMistralUsage } from './read-mistral-usage.js';
import { readResponsesUsage } from './read-responses-usage.js';

export const usageReaders = {
  'openai-chat': (raw) => readChatUsage(raw),
  'openai-responses': (raw) => readResponsesUsage(raw),
  'openai-embeddings': readEmbeddingsUsage,
  'openai-images': (raw) => readImagesUsage(raw),
  'openai-audio': readAudioUsage,
  'anthropic-messages': readAnthropicUsage,
  gemini: (raw) => readGeminiUsage(raw),
  'gemini-interactions': (raw) => readGeminiInteractionUsage(raw),
  'bedrock-converse': readBedrockUsage,
  xai: readXaiUsage,
  deepseek: readDeepSeekUsage,
  mistral: readMistralUsage,
  openrouter: readOpenRouterUsage,
  perplexity: readPerplexityUsage,
  cohere: readCohereUsage,
  bfl: readBflUsage,
  video: readVideoUsage,
} as const satisfies Record<string, (raw: unknown) => Usage>;

export type UsageFormat = keyof typeof usageReaders;
