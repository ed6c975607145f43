/** Which protocols there are. A venue's row names one; a name without an entry does not compile. */
import type { ProtocolName } from '#contracts/venue.js';
import { anthropicCountTokens } from './anthropic-count-tokens/anthropic-count-tokens.js';
import { anthropicMessages } from './anthropic-messages/anthropic-messages.js';
import { openAiChat } from './openai-chat/openai-chat.js';
import { openAiEmbeddings } from './openai-embeddings/openai-embeddings.js';
import { openAiImageEdits, openAiImages } from './openai-images/openai-images.js';
import { openAiResponses } from './openai-responses/openai-responses.js';
import type { Protocol } from './protocol.js';

const protocols: Record<ProtocolName, Protocol> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'openai-embeddings': openAiEmbeddings,
  'openai-images': openAiImages,
  'openai-image-edits': openAiImageEdits,
  'anthropic-messages': anthropicMessages,
  'anthropic-count-tokens': anthropicCountTokens,
};

export function protocolNamed(name: ProtocolName): Protocol {
  return protocols[name];
}
