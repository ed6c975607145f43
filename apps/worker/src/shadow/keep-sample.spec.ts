/** What is kept of a sampled call, so that it can be asked again as a case: the tools it offered, in one format's words. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { MirrorJob } from '#contracts/jobs.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import { Grader } from '#contracts/use-case.js';
import { sampleAad, type SampledCall } from '#domain/suite/suite-hash.js';
import { protocolNamed } from '#protocols/registry.js';
import { open } from '#runtime/seal.js';
import { keepSample } from './keep-sample.js';

const sealKey = randomBytes(32);
const callId = '01900000-0000-7000-8000-0000000000aa';
const schema = { type: 'object', properties: { desk: { type: 'string' } } };
const asked = { role: 'user', content: 'Sort this.' };
const inChat = {
  model: 'm',
  messages: [asked],
  tools: [{ type: 'function', function: { name: 'sort', description: 'Sorts.', parameters: schema, strict: true } }],
  tool_choice: { type: 'function', function: { name: 'sort' } },
};
const inMessages = {
  model: 'm',
  max_tokens: 50,
  messages: [asked],
  tools: [{ name: 'sort', description: 'Sorts.', input_schema: schema }],
  tool_choice: { type: 'any' },
};
const inResponses = { model: 'm', input: [asked], tools: [{ type: 'function', name: 'sort', parameters: schema }] };
const calls = [{ name: 'sort', arguments: '{"desk":"billing"}' }];

async function keptOf(
  protocolName: Parameters<typeof protocolNamed>[0],
  request: object,
  {
    text = '',
    toolCalls = calls,
    kind = 'tool_calls',
  }: { text?: string; toolCalls?: typeof calls; kind?: string } = {},
): Promise<SampledCall | null> {
  const protocol = protocolNamed(protocolName);
  const body = Buffer.from(JSON.stringify(request));
  const { head, refusal } = protocol.readHead(body);
  if (!head) throw new Error(JSON.stringify(refusal));
  let kept: SampledCall | null = null;
  const keep = async ({ sealed }: { sealed: Buffer }) =>
    void (kept = JSON.parse(open(sealKey, sealed, sampleAad(callId)).toString()) as SampledCall);
  const grader = Grader.parse({ kind, reference: 'suite' });
  await keepSample(
    { keep, sealKey },
    { retention: 'full', slug: 'triage', grader } as PublishedUseCase,
    { callId } as MirrorJob,
    { request: { head, body, protocol }, baseline: { text, toolCalls } },
  );
  return kept;
}

test.each([
  ['openai-chat', inChat, inChat.tools, inChat.tool_choice],
  ['anthropic-messages', inMessages, [{ description: 'Sorts.', parameters: schema }], 'required'],
  ['openai-responses', inResponses, [{ parameters: schema }], undefined],
] as const)('what a call of %s offered is kept with what it called', async (protocol, request, tools, toolChoice) => {
  const kept = await keptOf(protocol, request);
  expect(kept).toMatchObject({ input: 'Sort this.', system: null, answer: '', calls });
  expect(kept?.tools).toMatchObject(tools.map((tool) => ('function' in tool ? tool : { function: tool })));
  expect(kept?.tools?.[0]?.function.name).toBe('sort');
  expect(kept?.toolChoice).toEqual(toolChoice);
});

test('words are kept of every call; calls alone where those are graded, and what a tool gave back is no question', async () => {
  const { tools: _, tool_choice: __, ...plain } = inChat;
  expect(await keptOf('openai-chat', plain, { text: 'billing', toolCalls: [] })).toEqual({
    ...{ input: 'Sort this.', system: null, answer: 'billing' },
  });
  expect(await keptOf('openai-chat', inChat, { kind: 'exact' })).toBeNull();
  expect(await keptOf('openai-chat', inChat, { kind: 'exact', text: 'billing' })).toMatchObject({ answer: 'billing' });
  const call = { id: 'c1', type: 'function', function: calls[0] };
  const goesOn = [
    asked,
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: 'ok' },
  ];
  expect(await keptOf('openai-chat', { ...inChat, messages: goesOn }, { text: 'Done.' })).toBeNull();
});
