/** Calls that are no conversation: what bars them where, what is adapted, and what is read of an answer's own count. */
import { expect, it } from 'vitest';
import type { ProtocolName, VenueProtocol } from '#contracts/venue.js';
import { Recorder, venueThat } from '../fake-venue.spec-data.js';
import { sendBridged, translated } from './bridge-call.js';
import type { Target } from './target.js';

const targets: Record<string, Partial<Target> & { protocol: VenueProtocol; model: string }> = {
  gemini: { protocol: 'gemini-generate', model: 'gemini-embedding-001' },
  vertex: { protocol: 'gemini-generate', model: 'gemini-embedding-001', vertex: true },
  vertex2: { protocol: 'gemini-generate', model: 'gemini-embedding-2', vertex: true },
  drawing: { protocol: 'gemini-generate', model: 'gemini-3.1-flash-image' },
  titan: { protocol: 'bedrock-converse', model: 'amazon.titan-embed-text-v2:0' },
  titan1: { protocol: 'bedrock-converse', model: 'amazon.titan-embed-text-v1' },
  cohere: { protocol: 'bedrock-converse', model: 'eu.cohere.embed-v4:0' },
  claude: { protocol: 'bedrock-converse', model: 'anthropic.claude-haiku-4-5-20251001-v1:0' },
  nova: { protocol: 'bedrock-converse', model: 'amazon.nova-lite-v1:0' },
  chat: { protocol: 'openai-chat', model: 'gpt-4o' },
  both: { protocol: 'openai-chat', model: 'gpt-4o', responses: true },
};

const many = (count: number) => Array.from({ length: count }, () => 'x');
const hi = [{ role: 'user', content: 'hi' }];

const rows: [ProtocolName, string, object, Record<string, string>][] = [
  [
    'openai-embeddings',
    'a text',
    { input: 'x' },
    { gemini: '', titan: '', vertex: 'embeddings', vertex2: '', chat: 'embeddings' },
  ],
  [
    'openai-embeddings',
    'a text for Cohere',
    { input: 'x' },
    { cohere: '~input_type:search_query', nova: 'embeddings' },
  ],
  [
    'openai-embeddings',
    'two texts',
    { input: ['x', 'y'] },
    { gemini: '', titan: 'texts', vertex2: 'texts', cohere: '~input_type:search_query' },
  ],
  ['openai-embeddings', 'too many texts', { input: many(101) }, { gemini: 'texts', cohere: 'texts' }],
  ['openai-embeddings', 'tokens', { input: [1, 2] }, { gemini: 'field:input', titan: 'field:input' }],
  [
    'openai-embeddings',
    'a length',
    { input: 'x', dimensions: 256 },
    { gemini: '~not_normalised', titan: '', titan1: 'dimensions' },
  ],
  [
    'openai-embeddings',
    'an odd length',
    { input: 'x', dimensions: 7 },
    { gemini: '~not_normalised', titan: 'dimensions' },
  ],
  ['openai-embeddings', 'a user', { input: 'x', user: 'u' }, { gemini: '~user' }],
  ['openai-embeddings', 'a field nobody has', { input: 'x', new_thing: 1 }, { gemini: 'field:new_thing' }],
  ['openai-images', 'a picture', { prompt: 'x' }, { drawing: '', gemini: 'images', chat: 'images', claude: 'images' }],
  ['openai-images', 'a shape', { prompt: 'x', size: '1024x1024' }, { drawing: '~size:1:1' }],
  ['openai-images', 'a size it has no shape for', { prompt: 'x', size: '512x512' }, { drawing: 'field:size' }],
  ['openai-images', 'sketches', { prompt: 'x', stream: true }, { drawing: 'field:stream' }],
  ['openai-images', 'what holds anyway', { prompt: 'x', n: 1, quality: 'auto', output_format: 'png' }, { drawing: '' }],
  ['openai-images', 'no background', { prompt: 'x', background: 'transparent' }, { drawing: 'field:background' }],
  ['openai-image-edits', 'a picture changed', { prompt: 'x' }, { drawing: 'wire_format' }],
  [
    'anthropic-count-tokens',
    'a count',
    { messages: hi },
    { drawing: '', claude: '', both: '', chat: 'count_tokens', nova: 'count_tokens' },
  ],
  [
    'anthropic-count-tokens',
    'of thinking',
    { messages: hi, thinking: { type: 'enabled', budget_tokens: 9_000 } },
    { claude: '', both: 'thinking_budget' },
  ],
];
it.each(
  rows.flatMap(([from, what, change, at]) =>
    Object.entries(at).map(([name, expected]) => [from, what, name, change, expected] as const),
  ),
)('%s: %s, at %s', (from, _, at, change, expected) => {
  const target = { family: 'x', tier: 'standard', maxOutputTokens: 100, vertex: false, responses: false } as const;
  const said = translated(from, Buffer.from(JSON.stringify({ model: 'm', ...change })))({ ...target, ...targets[at]! });
  expect(said.obstacle ?? ('adaptations' in said ? said.adaptations.map((one) => `~${one}`).join() : '')).toBe(
    expected,
  );
});

const told = async (protocol: ProtocolName, at: string, body: object, answer: object, status = 200, more = {}) => {
  const target = targets[at]!;
  const { venue, client } = await venueThat(
    (_, response) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(answer)),
    { protocol: target.protocol, auth: 'bearer' },
  );
  const sink = new Recorder();
  const call = {
    ...{ venue, protocol, credential: null, requestId: 'r', maxOutputTokens: 9 },
    route: { model: target.model, family: 'x', tier: 'standard' as const },
    body: Buffer.from(JSON.stringify({ model: 'm', ...body })),
  };
  const sent = sendBridged(client, call, sink, 0);
  await sink.done;
  return { sink, usage: sent.served().usage };
};

it('where Gemini counts what it embeds, that is the bill', async () => {
  const answer = { embedding: { values: [0.5, -1] }, usageMetadata: { promptTokenCount: 7, totalTokenCount: 7 } };
  const { sink, usage } = await told('openai-embeddings', 'gemini', { input: 'x' }, answer);
  expect(usage.parts).toMatchObject({ input_uncached: 7 });
  expect(JSON.parse(sink.text)).toMatchObject({ data: [{ embedding: [0.5, -1] }], usage: { prompt_tokens: 7 } });
});

it('what Cohere at Bedrock embeds is counted in a header, or not at all', async () => {
  const answer = { embeddings: { float: [[0.5], [1]] } };
  const input = ['x', 'y'];
  const counted = await told('openai-embeddings', 'cohere', { input }, answer, 200, {
    'x-amzn-bedrock-input-token-count': '9',
  });
  expect([counted.usage.basis, counted.usage.parts]).toEqual(['reported', { input_uncached: 9 }]);
  expect((await told('openai-embeddings', 'cohere', { input }, answer)).usage.basis).toBe('missing');
});

it('a count that is no number is a fault, and a refusal is told in the words of Messages', async () => {
  const odd = await told('anthropic-count-tokens', 'claude', { messages: hi }, { inputTokens: 'many' });
  expect(odd.sink.fault?.code).toBe('protocol_error');
  const no = await told('anthropic-count-tokens', 'claude', { messages: hi }, { message: 'not here' }, 400);
  expect([no.sink.status, JSON.parse(no.sink.text)]).toMatchObject([
    400,
    { type: 'error', error: { message: 'not here' } },
  ]);
});

it('no picture is no answer: it may have been billed', async () => {
  const answer = {
    candidates: [{ content: { parts: [] }, finishReason: 'IMAGE_SAFETY' }],
    usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
  };
  const { sink } = await told('openai-images', 'drawing', { prompt: 'x' }, answer);
  expect([sink.fault?.code, sink.fault?.message, sink.facts?.requestSent]).toEqual([
    'protocol_error',
    expect.stringContaining('IMAGE_SAFETY'),
    true,
  ]);
});
