/** Which protocols there are. A venue's row names one; a name without an entry does not compile. */
import type { ProtocolName } from '#contracts/venue.js';
import { anthropicMessages } from './anthropic-messages/anthropic-messages.js';
import { openAiChat } from './openai-chat/openai-chat.js';
import { openAiResponses } from './openai-responses/openai-responses.js';
import type { Protocol } from './protocol.js';

const protocols: Record<ProtocolName, Protocol> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
};

export function protocolNamed(name: ProtocolName): Protocol {
  return protocols[name];
}
