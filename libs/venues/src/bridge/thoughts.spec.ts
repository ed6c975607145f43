/** What a model thought under seal goes to a caller of any format and comes back to its venue as it was. */
import { describe, expect, it } from 'vitest';
import type { VenueProtocol } from '#contracts/venue.js';
import type { JsonObject } from '#protocols/json-value.js';
import { fakeStream, Recorder, venueThat } from '../fake-venue.spec-data.js';
import { sendBridged } from './bridge-call.js';
import type { Conversation } from './converse.js';

const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const thought = { type: 'thinking', thinking: 'hm', signature: 'c2lnbmVk' };
const hidden = { type: 'redacted_thinking', data: 'cmVkYWN0ZWQ=' };
const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
const used = { input_tokens: 3, output_tokens: 1 };
const message = { id: 'm', type: 'message', role: 'assistant', model: 'claude-x' };
const delta = (index: number, rest: object) => event('content_block_delta', { index, delta: rest });

const claude = {
  whole: { ...message, content: [thought, hidden, call], stop_reason: 'tool_use', usage: used },
  streamed: [
    event('message_start', { message: { ...message, content: [], usage: used } }),
    event('content_block_start', { index: 0, content_block: { ...thought, thinking: '', signature: '' } }),
    delta(0, { type: 'thinking_delta', thinking: 'hm' }),
    delta(0, { type: 'signature_delta', signature: thought.signature }),
    event('content_block_stop', { index: 0 }),
    event('content_block_start', { index: 1, content_block: hidden }),
    event('content_block_stop', { index: 1 }),
    event('content_block_start', { index: 2, content_block: call }),
    event('content_block_stop', { index: 2 }),
    event('message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 7 } }),
    event('message_stop', {}),
  ].join(''),
};

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' };
const made = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{}' };
const whole = {
  ...{ id: 'resp_1', object: 'response', created_at: 0, status: 'completed', model: 'gpt-5' },
  output: [reasoning, made],
  usage: { input_tokens: 3, output_tokens: 8, total_tokens: 11, output_tokens_details: { reasoning_tokens: 5 } },
};
const openAi = {
  whole,
  streamed: [
    event('response.created', { response: { ...whole, status: 'in_progress', output: [] } }),
    event('response.output_item.added', { output_index: 0, item: { ...reasoning, encrypted_content: 'gAA' } }),
    event('response.output_item.done', { output_index: 0, item: reasoning }),
    event('response.output_item.added', { output_index: 1, item: { ...made, arguments: '' } }),
    event('response.output_item.done', { output_index: 1, item: { ...made, status: 'completed' } }),
    event('response.completed', { response: whole }),
  ].join(''),
};

const venues = {
  claude: { protocol: 'anthropic-messages', model: 'claude-haiku-4-5', answers: claude },
  openAi: { protocol: 'openai-responses', model: 'gpt-5', answers: openAi },
} satisfies Record<string, { protocol: VenueProtocol; model: string; answers: { whole: object; streamed: string } }>;

/** What a caller of each format sends, and how it goes on with an answer and what its tool found. */
const look = { name: 'look', parameters: { type: 'object' } };
const hi = { role: 'user', content: 'hi' };
const callers: Record<
  Conversation,
  { ask: JsonObject; answered: (text: string, stream: boolean) => unknown[]; more: (said: unknown[]) => JsonObject }
> = {
  'openai-chat': {
    ask: { messages: [hi], tools: [{ type: 'function', function: look }], max_tokens: 3_000 },
    answered: (text, stream) => [stream ? joinedChat(text) : wholeIn(text).choices[0]?.message],
    more: (said) => {
      const [{ tool_calls: calls }] = said as [{ tool_calls: { id: string }[] }];
      return { messages: [hi, ...said, { role: 'tool', tool_call_id: calls[0]!.id, content: 'found' }] };
    },
  },
  'openai-responses': {
    ask: { input: [hi], tools: [{ type: 'function', ...look }], store: false, max_output_tokens: 3_000 },
    answered: (text, stream) => (stream ? lastEvent(text).response : wholeIn(text)).output,
    more: (said) => {
      const made = (said as { type: string; call_id: string }[]).find(({ type }) => type === 'function_call');
      return { input: [hi, ...said, { type: 'function_call_output', call_id: made!.call_id, output: 'found' }] };
    },
  },
  'anthropic-messages': {
    ask: { messages: [hi], tools: [{ name: 'look', input_schema: { type: 'object' } }], max_tokens: 3_000 },
    answered: (text, stream) => (stream ? joinedBlocks(text) : wholeIn(text).content),
    more: (said) => {
      const used = (said as { type: string; id: string }[]).find(({ type }) => type === 'tool_use');
      const results = [{ type: 'tool_result', tool_use_id: used!.id, content: 'found' }];
      return { messages: [hi, { role: 'assistant', content: said }, { role: 'user', content: results }] };
    },
  },
};

/** As much of an event, of any of the formats, as is looked at here. */
interface Told {
  type: string;
  index: number;
  choices?: { delta: ChatDelta }[];
  content_block: Block;
  delta: { thinking?: string; signature?: string };
  response: { output: unknown[] };
}
interface ChatDelta {
  reasoning_content?: string;
  reasoning_details?: { signature?: string }[];
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
}
interface Block {
  thinking: string;
  signature: string;
}
interface Whole {
  choices: { message: unknown }[];
  output: unknown[];
  content: unknown[];
}
interface Asked {
  messages: { role: string; content: unknown }[];
  include: unknown;
  input: unknown;
}

const wholeIn = (text: string) => JSON.parse(text) as Whole;
const eventsIn = (text: string): Told[] =>
  [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => JSON.parse(data!) as Told);
const lastEvent = (text: string) => eventsIn(text).at(-1)!;

function joinedChat(text: string) {
  const deltas = eventsIn(text).flatMap(({ choices }) => (choices?.[0] ? [choices[0].delta] : []));
  const first = deltas.find((one) => one.tool_calls)!.tool_calls![0]!;
  const written = deltas.map((one) => one.tool_calls?.[0]?.function?.arguments ?? '').join('');
  // As clients of reasoning models join them: text and signature of one thought come in pieces.
  const texts = deltas.map((one) => one.reasoning_content ?? '').join('');
  const details = deltas
    .flatMap((one) => one.reasoning_details ?? [])
    .map((one) => (one.signature ? { ...one, text: texts } : one));
  const calls = [{ ...first, function: { ...first.function, arguments: written } }];
  return { role: 'assistant', content: null, reasoning_details: details, tool_calls: calls };
}

function joinedBlocks(text: string) {
  const blocks: Block[] = [];
  for (const { type, index, content_block: block, delta: said } of eventsIn(text)) {
    if (type === 'content_block_start') blocks[index] = { ...block };
    if (type !== 'content_block_delta') continue;
    const open = blocks[index]!;
    open.thinking += said.thinking ?? '';
    open.signature = said.signature ?? open.signature;
  }
  return blocks;
}

async function exchange(caller: Conversation, at: keyof typeof venues, body: JsonObject, stream: boolean) {
  const { protocol, model, answers } = venues[at];
  let asked = '';
  const { venue, client } = await venueThat(
    (request, response) => {
      request.on('data', (chunk: Buffer) => (asked += chunk.toString()));
      request.on('end', () => {
        const head = stream ? fakeStream : { 'content-type': 'application/json' };
        response.writeHead(200, head).end(stream ? answers.streamed : JSON.stringify(answers.whole));
      });
    },
    { protocol },
  );
  const sink = new Recorder();
  const route = { model, family: 'x', tier: 'standard' as const };
  const text = Buffer.from(JSON.stringify({ model: 'm', ...body, ...(stream && { stream }) }));
  const call = { venue, route, credential: null, protocol: caller, body: text, requestId: 'r', maxOutputTokens: 99 };
  sendBridged(client, call, sink, 0);
  await sink.done;
  expect(sink.fault).toBe(null);
  return { told: sink.text, asked: JSON.parse(asked) as Asked };
}

describe.each([false, true])('streamed %s', (stream) => {
  it.each(['openai-chat', 'openai-responses'] as const)("Claude's thoughts, to %s and back", async (caller) => {
    const { ask, answered, more } = callers[caller];
    const { told } = await exchange(caller, 'claude', ask, stream);
    const { asked } = await exchange(caller, 'claude', { ...ask, ...more(answered(told, stream)) }, stream);
    const turn = asked.messages.find(({ role }) => role === 'assistant');
    expect(turn?.content).toMatchObject([thought, hidden, { type: 'tool_use', name: 'look' }]);
  });

  it.each(['openai-chat', 'anthropic-messages'] as const)("OpenAI's thoughts, to %s and back", async (caller) => {
    const { ask, answered, more } = callers[caller];
    const { told } = await exchange(caller, 'openAi', ask, stream);
    const { asked } = await exchange(caller, 'openAi', { ...ask, ...more(answered(told, stream)) }, stream);
    expect(asked.include).toEqual(['reasoning.encrypted_content']);
    expect(asked.input).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', encrypted_content: 'gAAAA' },
      { type: 'function_call', call_id: 'call_1' },
      { type: 'function_call_output', call_id: 'call_1', output: 'found' },
    ]);
  });
});
