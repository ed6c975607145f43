import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { expect, it } from 'vitest';
import { anthropicMessages } from '#protocols/anthropic-messages/anthropic-messages.js';
import { openAiChat } from '#protocols/openai-chat/openai-chat.js';
import { openAiResponses } from '#protocols/openai-responses/openai-responses.js';
import { ChatSpeller } from './spell-chat.js';
import { MessagesSpeller } from './spell-messages.js';
import { ResponsesSpeller } from './spell-responses.js';

const usage = { basis: 'reported' as const, parts: { input_uncached: 3, cache_read: 2, output_text: 4, reasoning: 1 } };
const finish = { unified: 'tool-calls' as const, raw: undefined };

/** Two calls at once, their input interleaved, and words in between. */
const interleaved: LanguageModelV4StreamPart[] = [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: 'Ich schaue' },
  { type: 'tool-input-start', id: 'a', toolName: 'weather' },
  { type: 'tool-input-delta', id: 'a', delta: '{"city":' },
  { type: 'tool-input-start', id: 'b', toolName: 'clock' },
  { type: 'tool-input-delta', id: 'b', delta: '{"zone":"Zü' },
  { type: 'text-delta', id: 't', delta: ' nach.' },
  { type: 'tool-input-delta', id: 'a', delta: '"世界"}' },
  { type: 'tool-input-delta', id: 'b', delta: 'rich"}' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call', toolCallId: 'b', toolName: 'clock', input: '{"zone":"Zürich"}' },
  { type: 'tool-call', toolCallId: 'a', toolName: 'weather', input: '{"city":"世界"}' },
  { type: 'tool-call', toolCallId: 'c', toolName: 'whole', input: '{"x":1}' },
];
const calls = [
  { name: 'weather', arguments: '{"city":"世界"}' },
  { name: 'clock', arguments: '{"zone":"Zürich"}' },
  { name: 'whole', arguments: '{"x":1}' },
];

it.each([
  ['Messages', new MessagesSpeller({ id: 'msg_1', model: 'm' }), anthropicMessages],
  ['chat completions', new ChatSpeller({ id: 'chatcmpl-1', created: 0, model: 'm' }), openAiChat],
  ['Responses', new ResponsesSpeller({ id: '1', createdS: 0, model: 'm', request: {} }), openAiResponses],
])('what is said at once is told in order in %s, and no piece of it is lost', (_, speller, protocol) => {
  const text = interleaved.map((part) => speller.part(part)).join('') + speller.finish(finish, usage);
  const body = Buffer.from(text);
  expect(protocol.answerText(body, true)).toBe('Ich schaue nach.');
  expect(protocol.toolCalls(body, true)).toEqual(calls);
  const tap = protocol.tapStream({ strip: false, choices: 1 });
  tap.push(body);
  expect([tap.complete, tap.usage.parts]).toMatchObject([true, { input_uncached: 3, cache_read: 2 }]);
});

it('blocks of Messages open and close one after the other', () => {
  const speller = new MessagesSpeller({ id: 'msg_1', model: 'm' });
  const text = interleaved.map((part) => speller.part(part)).join('') + speller.finish(finish, usage);
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(
    ([, data]) => JSON.parse(data!) as { type: string; index?: number },
  );
  let open: number | null = null;
  for (const { type, index } of events) {
    if (type === 'content_block_start') [open] = open === null ? [index!] : [NaN];
    else if (type === 'content_block_delta') expect(index).toBe(open);
    else if (type === 'content_block_stop') open = index === open ? null : NaN;
  }
  expect([open, events[0]?.type, events.at(-1)?.type]).toEqual([null, 'message_start', 'message_stop']);
});

it.each([
  ['length', 'incomplete', { reason: 'max_output_tokens' }],
  ['content-filter', 'incomplete', { reason: 'content_filter' }],
  ['error', 'failed', null],
  ['stop', 'completed', null],
] as const)('a Response that ends for %s is %s, whole and streamed, and read as such', (unified, status, details) => {
  const speller = () => new ResponsesSpeller({ id: '1', createdS: 0, model: 'm', request: { temperature: 0.5 } });
  const reason = { unified, raw: undefined };
  const content = [{ type: 'text' as const, text: 'Grüezi' }];
  const whole = speller().whole({ content, finishReason: reason, servedModel: 'n', usage });
  expect(JSON.parse(whole)).toMatchObject({ status, incomplete_details: details, model: 'n', temperature: 0.5 });
  const streaming = speller();
  const parts: LanguageModelV4StreamPart[] = [
    { type: 'text-start', id: 't' },
    { type: 'text-delta', id: 't', delta: 'Grüezi' },
  ];
  const streamed = parts.map((part) => streaming.part(part)).join('') + streaming.finish(reason, usage);
  const tap = openAiResponses.tapStream({ strip: false, choices: 1 });
  tap.push(Buffer.from(streamed));
  const ended = openAiResponses.readAnswer(Buffer.from(whole));
  expect([tap.complete, ended.complete]).toEqual([unified !== 'error', unified !== 'error']);
  expect(openAiResponses.answerText(Buffer.from(streamed), true)).toBe(unified === 'error' ? null : 'Grüezi');
});
