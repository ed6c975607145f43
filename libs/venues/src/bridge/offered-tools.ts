/** The tools a call offers, of whatever wire format, as chat completions declare them: so that it can be asked again. */
import type { Offer, OfferedTool, ToolChoice } from '#contracts/offered-tools.js';
import type { ProtocolName } from '#contracts/venue.js';
import type { JsonObject } from '#protocols/json-value.js';
import { readConversation } from './converse.js';
import type { Wishes } from './wishes.js';

/**
 * Null: they cannot be said in other words, or what is asked follows from what a tool gave back and is no question of
 * its own. Empty where none are offered.
 */
export function offeredIn(protocol: ProtocolName, body: JsonObject): Offer | null {
  if (!Array.isArray(body.tools) || body.tools.length === 0) return {};
  if (protocol !== 'openai-chat' && protocol !== 'openai-responses' && protocol !== 'anthropic-messages') return null;
  const reading = readConversation(protocol, body);
  if (reading.obstacle !== undefined || reading.wishes.prompt.some(({ role }) => role === 'tool')) return null;
  const { tools, toolChoice } = reading.wishes;
  return { tools: tools.map(declared), ...(toolChoice && { toolChoice: chosen(toolChoice) }) };
}

const declared = ({ name, description, inputSchema, strict }: Wishes['tools'][number]): OfferedTool => ({
  type: 'function',
  function: {
    name,
    ...(description !== undefined && { description }),
    parameters: inputSchema,
    ...(strict !== undefined && { strict }),
  },
});

const chosen = (choice: NonNullable<Wishes['toolChoice']>): ToolChoice =>
  choice.type === 'tool' ? { type: 'function', function: { name: choice.toolName } } : choice.type;
