import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import type { VenueProtocol } from '#contracts/venue.js';
import { type Conversation, readConversation } from './converse.js';
import { expressCall } from './express-call.js';
import type { Target } from './target.js';
import { features } from './wishes.js';
import { targetTerms } from './target-terms.js';

const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } };
const lookedUp = [
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'c1', content: 'found' },
];
const hi = { role: 'user', content: 'hi' };
const image = (url: string) => ({ role: 'user', content: [{ type: 'image_url', image_url: { url, detail: 'low' } }] });
const schema = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false, required: ['a'] };
const asked = { type: 'json_schema', json_schema: { name: 'x', schema } };
const marked = { type: 'text', text: 'long', cache_control: { type: 'ephemeral' } };

const models: Record<string, [VenueProtocol, string]> = {
  openai: ['openai-chat', 'gpt-4o'],
  gpt5: ['openai-chat', 'gpt-5'],
  responses: ['openai-responses', 'gpt-4.1'],
  responses5: ['openai-responses', 'gpt-5'],
  haiku: ['anthropic-messages', 'claude-haiku-4-5'],
  opus: ['anthropic-messages', 'claude-opus-5'],
  gemini: ['gemini-generate', 'gemini-3-flash'],
  gemini2: ['gemini-generate', 'gemini-2.5-flash'],
  bedrock: ['bedrock-converse', 'anthropic.claude-haiku-4-5-20251001-v1:0'],
  arn: ['bedrock-converse', 'arn:aws:bedrock:eu-central-1:1:provisioned-model/x'],
  nova: ['bedrock-converse', 'amazon.nova-lite-v1:0'],
};

function said(from: Conversation, change: object, at: string, target: Partial<Target> = {}) {
  const body = { model: 'm', max_tokens: 10_000, messages: [hi], ...change };
  const reading = readConversation(from, body);
  if (reading.obstacle !== undefined) return reading;
  const [protocol, model] = models[at]!;
  const family = at === 'arn' ? 'claude' : 'x';
  return expressCall(reading.wishes, {
    protocol,
    model,
    family,
    tier: 'standard',
    maxOutputTokens: 4_096,
    responses: false,
    vertex: false,
    ...target,
  });
}

describe('what a chat completions call meets elsewhere', () => {
  const rows: [string, object, Record<string, string>][] = [
    ['a plain call', {}, { haiku: '', gemini: '', bedrock: '', nova: '', responses: '' }],
    ['a word to stop at', { stop: 'x' }, { haiku: '', responses: 'stop' }],
    ['a limit below what Responses take', { max_tokens: 8 }, { haiku: '', responses: 'max_tokens' }],
    ['a field nobody else has', { logprobs: true }, { haiku: 'field:logprobs', gemini: 'field:logprobs' }],
    ['one that is not known at all', { new_thing: 1 }, { haiku: 'field:new_thing' }],
    ['fields that say what holds anyway', { n: 1, logprobs: false, store: false, logit_bias: {} }, { haiku: '' }],
    ['two answers', { n: 2 }, { haiku: 'field:n', gemini: 'field:n', bedrock: 'field:n' }],
    ['a seed', { seed: 7 }, { haiku: 'seed', gemini: '', bedrock: 'seed', responses: 'seed' }],
    ['a penalty', { presence_penalty: 1 }, { haiku: 'penalties', gemini: 'penalties' }],
    ['a penalty of nothing', { presence_penalty: 0 }, { haiku: '', gemini: '' }],
    [
      'a high temperature',
      { temperature: 1.5 },
      { haiku: 'temperature_above_1', gemini: '', bedrock: 'temperature_above_1' },
    ],
    [
      'a temperature',
      { temperature: 0.2 },
      { haiku: '', opus: 'temperature', responses: '', responses5: 'temperature' },
    ],
    [
      'thoughts nobody signed',
      { messages: [hi, { role: 'assistant', content: 'a', reasoning_content: 'hm' }, hi] },
      { haiku: '~unsigned_thoughts', responses: '~unsigned_thoughts', gemini: '~unsigned_thoughts' },
    ],
    ['the temperature everybody has', { temperature: 1, top_p: 1 }, { haiku: '', opus: '' }],
    ['temperature and nucleus', { temperature: 0.2, top_p: 0.9 }, { haiku: 'top_p', gemini: '' }],
    ['labels', { metadata: { a: 'b' }, prompt_cache_key: 'k' }, { haiku: '~labels', gemini: '~labels' }],
    ['a user', { user: 'u' }, { haiku: '', gemini: '~user' }],
    [
      'a remote picture',
      { messages: [image('https://x/y.png')] },
      { haiku: '~image_detail', gemini: 'remote_media', bedrock: 'remote_media' },
    ],
    ['JSON of no schema', { response_format: { type: 'json_object' } }, { haiku: 'json_object', gemini: '' }],
    [
      'JSON of a schema',
      { response_format: asked },
      { haiku: '', gemini: '', bedrock: '~json_schema_by_tool', nova: '~json_schema_by_tool' },
    ],
    [
      'the same beside tools',
      { response_format: asked, tools: [tool] },
      { haiku: '', gemini2: 'json_with_tools', bedrock: 'json_with_tools' },
    ],
    [
      'one tool at a time',
      { tools: [tool], parallel_tool_calls: false },
      { haiku: '', gemini: 'one_tool_at_a_time', nova: 'one_tool_at_a_time' },
    ],
    ['a tool that is forced', { tools: [tool], tool_choice: 'required' }, { haiku: '', gemini: '' }],
    ['a tool of the venue', { tools: [{ type: 'web_search' }] }, { haiku: 'field:tools' }],
    ['results without tools', { messages: [hi, ...lookedUp] }, { haiku: '', bedrock: 'tool_history_without_tools' }],
    [
      'late instructions',
      { messages: [hi, { role: 'system', content: 'x' }, hi] },
      { haiku: 'late_system', gemini: 'late_system' },
    ],
    [
      'an answer begun',
      { messages: [hi, { role: 'assistant', content: 'I' }] },
      { haiku: 'prefill', bedrock: 'prefill' },
    ],
    ['an effort', { reasoning_effort: 'high' }, { haiku: '', opus: '', gemini: '', nova: 'effort' }],
    [
      'an effort and tools without their thoughts',
      { reasoning_effort: 'high', messages: [hi, ...lookedUp], tools: [tool] },
      { haiku: 'thinking_history', opus: '' },
    ],
    ['an effort no limit has room for', { reasoning_effort: 'low', max_tokens: 2_000 }, { haiku: 'thinking_budget' }],
    ['no limit', { max_tokens: null }, { haiku: '~max_tokens:4096', gemini: '' }],
  ];
  it.each(
    rows.flatMap(([what, change, at]) =>
      Object.entries(at).map(([name, expected]) => [what, name, change, expected] as const),
    ),
  )('%s, at %s', (_, at, change, expected) => {
    const result = said('openai-chat', change, at);
    const told = result.obstacle ?? ('adaptations' in result ? result.adaptations.map((one) => `~${one}`).join() : '');
    expect(told.replace(/,?~effort:budget_tokens=\d+/, '')).toBe(expected);
  });
});

describe('what a Responses call meets elsewhere', () => {
  const input = (...items: object[]) => ({ input: [hi, ...items, hi] });
  const thought = (encrypted: string | null) =>
    input({ type: 'reasoning', id: 'rs', summary: [], encrypted_content: encrypted });
  const look = { type: 'function', name: 'look', parameters: { type: 'object' }, strict: true };
  const kept = { store: null };
  const rows: [string, object, Record<string, string>][] = [
    ['a plain call', {}, { haiku: '', openai: '', gemini: '', bedrock: '', nova: '' }],
    ['an answer that may be kept', kept, { haiku: '~unstored', openai: '~unstored', gemini: '~unstored' }],
    ['one that must be', { store: true }, { haiku: 'field:store', openai: 'field:store' }],
    ['an answer of before', { previous_response_id: 'resp_1' }, { haiku: 'field:previous_response_id' }],
    ['a conversation', { conversation: 'c' }, { haiku: 'field:conversation' }],
    ['a template', { prompt: { id: 'p' } }, { haiku: 'field:prompt' }],
    ['in the background', { background: true }, { haiku: 'field:background' }],
    [
      'fields that say what holds anyway',
      { background: false, truncation: 'disabled', top_logprobs: 0 },
      { haiku: '' },
    ],
    ['a context that is cut', { truncation: 'auto' }, { haiku: 'field:truncation' }],
    ['probabilities', { include: ['message.output_text.logprobs'] }, { openai: 'field:include' }],
    ['sealed thoughts asked for', { include: ['reasoning.encrypted_content'] }, { haiku: '', openai: '' }],
    ['a tool of the venue', { tools: [{ type: 'web_search' }] }, { haiku: 'field:tools', openai: 'field:tools' }],
    ['a tool in free words', { tools: [{ type: 'custom', name: 'x' }] }, { openai: 'field:tools' }],
    ['one tool at a time', { tools: [look], parallel_tool_calls: false }, { haiku: '', gemini: 'one_tool_at_a_time' }],
    ['a reference', input({ type: 'item_reference', id: 'x' }), { haiku: 'field:input.item_reference' }],
    [
      'a kept file',
      input({ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }),
      { haiku: 'field:input.content' },
    ],
    ['thoughts another venue sealed', thought('gAAAA'), { haiku: 'field:input.encrypted_content' }],
    ['thoughts sealed here', thought('o10:signature:s'), { haiku: '', openai: '~thinking_history' }],
    ['thoughts told in short', thought(null), { haiku: '~unsigned_thoughts', openai: '~unsigned_thoughts' }],
    ['few words', { text: { verbosity: 'low' } }, { haiku: 'field:text.verbosity' }],
    [
      'an effort and its summary',
      { reasoning: { effort: 'high', summary: 'auto' } },
      { opus: '', openai: '~reasoning_summary' },
    ],
    ['a mode of thinking', { reasoning: { mode: 'pro' } }, { haiku: 'field:reasoning.mode' }],
    ['no room to think', { reasoning: { effort: 'low' }, max_output_tokens: 2_000 }, { haiku: 'thinking_budget' }],
    ['an answer begun', { input: [hi, { role: 'assistant', content: 'I' }] }, { haiku: 'prefill', openai: 'prefill' }],
    ['late instructions', input({ role: 'developer', content: 'x' }), { haiku: 'late_system', openai: '' }],
  ];
  it.each(
    rows.flatMap(([what, change, at]) =>
      Object.entries(at).map(([name, expected]) => [what, name, change, expected] as const),
    ),
  )('%s, at %s', (_, at, change, expected) => {
    const body = { max_tokens: null, messages: null, input: 'hi', store: false, max_output_tokens: 10_000, ...change };
    const result = said('openai-responses', body, at);
    const told = result.obstacle ?? ('adaptations' in result ? result.adaptations.map((one) => `~${one}`).join() : '');
    expect(told).toBe(expected);
  });

  it('what the assistant said, thought and called in a row is one turn, and results stay together', () => {
    const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'look', arguments: '{}' });
    const result = (id: string) => ({ type: 'function_call_output', call_id: id, output: 'found' });
    const row = [
      {
        type: 'reasoning',
        id: 'rs',
        summary: [{ type: 'summary_text', text: 'hm' }],
        encrypted_content: 'o10:signature:s',
      },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.', annotations: [] }] },
      ...[call('a'), call('b'), result('a'), result('b')],
    ];
    const reading = readConversation('openai-responses', { instructions: 'Be.', input: [hi, ...row] });
    const prompt = 'wishes' in reading ? reading.wishes.prompt : [];
    expect(
      prompt.map(({ role, content }) => [role, Array.isArray(content) ? content.map(({ type }) => type) : 1]),
    ).toEqual([
      ['system', 1],
      ['user', ['text']],
      ['assistant', ['reasoning', 'text', 'tool-call', 'tool-call']],
      ['tool', ['tool-result', 'tool-result']],
    ]);
  });
});

describe('what a Messages call meets elsewhere', () => {
  const thought = { type: 'thinking', thinking: 'hm', signature: 's' };
  const rows: [string, object, Record<string, string>][] = [
    ['a plain call', {}, { openai: '', gemini: '', bedrock: '', arn: '' }],
    ['top_k', { top_k: 3 }, { openai: 'top_k', gemini: '', bedrock: 'top_k' }],
    [
      'cache marks',
      { system: [marked] },
      { openai: '~cache_control', gemini: '~cache_control', bedrock: '', arn: '', nova: '~cache_control' },
    ],
    [
      'thoughts of before',
      { messages: [hi, { role: 'assistant', content: [thought, { type: 'text', text: 'a' }] }, hi] },
      { openai: '~thinking_history', bedrock: '' },
    ],
    [
      'thinking by budget',
      { thinking: { type: 'enabled', budget_tokens: 2_000 } },
      { openai: 'thinking_budget', gemini: '', bedrock: '', nova: 'thinking_budget' },
    ],
    [
      'an answer begun',
      { messages: [hi, { role: 'assistant', content: 'I' }] },
      { openai: 'prefill', gemini: 'prefill', bedrock: '' },
    ],
    ['an answer by schema', { output_config: { format: { type: 'json_schema', schema } } }, { openai: '', gemini: '' }],
    [
      'one OpenAI would not promise',
      { output_config: { format: { type: 'json_schema', schema: { ...schema, required: [] } } } },
      { openai: 'json_schema' },
    ],
    [
      'a tool of the venue',
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      { openai: 'field:tools' },
    ],
    ['servers', { mcp_servers: [{}] }, { openai: 'field:mcp_servers' }],
    ['a temperature', { temperature: 0.5 }, { openai: '', gpt5: 'temperature' }],
  ];
  it.each(
    rows.flatMap(([what, change, at]) =>
      Object.entries(at).map(([name, expected]) => [what, name, change, expected] as const),
    ),
  )('%s, at %s', (_, at, change, expected) => {
    const result = said('anthropic-messages', change, at);
    expect(result.obstacle ?? ('adaptations' in result ? result.adaptations.map((one) => `~${one}`).join() : '')).toBe(
      expected,
    );
  });
});

const optionsOf = (result: ReturnType<typeof said>): LanguageModelV4CallOptions => {
  if (!('options' in result)) throw new Error(result.obstacle);
  return result.options;
};

it('thinking comes out of the limit that was held, never on top of it', () => {
  const byEffort = optionsOf(said('openai-chat', { reasoning_effort: 'medium' }, 'haiku'));
  const anthropic = byEffort.providerOptions?.['anthropic']?.['thinking'] as { budgetTokens: number };
  expect(byEffort.maxOutputTokens! + anthropic.budgetTokens).toBe(10_000);
  const byBudget = optionsOf(
    said('anthropic-messages', { thinking: { type: 'enabled', budget_tokens: 2_000 } }, 'bedrock'),
  );
  expect(byBudget.maxOutputTokens).toBe(8_000);
});

it('a tier is asked for in the venue’s own way, or the route is not for this call', () => {
  const tier = (at: string, vertex = false) => said('openai-chat', {}, at, { tier: 'flex', vertex });
  expect(optionsOf(tier('gemini')).providerOptions?.['google']).toEqual({ serviceTier: 'flex' });
  expect(optionsOf(tier('gemini', true)).providerOptions?.['google']).toEqual({ sharedRequestType: 'flex' });
  expect(optionsOf(tier('nova')).providerOptions?.['bedrock']).toEqual({ serviceTier: 'flex' });
  expect(tier('haiku').obstacle).toBe('tier');
});

it('every feature the terms speak of is one a reader notes', () => {
  const spoken = Object.values(targetTerms).flatMap((terms) => Object.keys(terms));
  expect(spoken.filter((name) => !(features as readonly string[]).includes(name))).toEqual([]);
});
