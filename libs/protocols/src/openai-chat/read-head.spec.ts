import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusalKinds } from '#contracts/refusal.js';
import type { CallHead } from '../protocol.js';
import { fileTokensBound, imageTokensBound, imageTokensBoundLow } from './bound-tokens.js';
import { readHead } from './read-head.js';

const user = { role: 'user', content: 'hi' };
const bodyOf = (fields: object) => Buffer.from(JSON.stringify({ model: 'm', messages: [user], ...fields }));

function headOf(fields: object): CallHead {
  const reading = readHead(bodyOf(fields));
  if (!reading.head) throw new Error(reading.refusal.message);
  return reading.head;
}

describe('readHead refuses', () => {
  const text: [string, string | Buffer, string, string?][] = [
    ['nothing', '', 'invalid_json'],
    ['broken JSON', '{"model":', 'invalid_json'],
    ['a list', '[]', 'invalid_json'],
    ['null', 'null', 'invalid_json'],
    ['a byte order mark', '\ufeff{}', 'invalid_json'],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'invalid_json'],
    ['100,000 open brackets', `{"model":"m","messages":${'['.repeat(100_000)}`, 'invalid_json'],
    ['a model twice', '{"model":"m","messages":[{}],"model":"n"}', 'duplicate_field', 'model'],
    [
      'an escaped duplicate',
      '{"model":"m","messages":[{}],"max_tokens":1,"max\\u005ftokens":9}',
      'duplicate_field',
      'max_tokens',
    ],
    [
      'a doubled stream option',
      '{"model":"m","messages":[{}],"stream_options":{"include_usage":true,"include_usage":false}}',
      'duplicate_field',
      'stream_options.include_usage',
    ],
  ];
  it.each(text)('%s', (_, body, code, param) => {
    const { refusal } = readHead(Buffer.from(body as string));
    expect([refusal?.code, refusal?.param]).toEqual([code, param]);
  });

  const fields: [object, string][] = [
    [{ model: undefined }, 'model'],
    [{ model: 7 }, 'model'],
    [{ model: '' }, 'model'],
    [{ model: 'two words' }, 'model'],
    [{ model: ':flex' }, 'model'],
    [{ model: 'm:flex', service_tier: 'priority' }, 'service_tier'],
    [{ messages: undefined }, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: [user, 'x'] }, 'messages[1]'],
    [{ stream: 'yes' }, 'stream'],
    [{ store: 1 }, 'store'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: -5 }, 'max_tokens'],
    [{ max_completion_tokens: 1.5 }, 'max_completion_tokens'],
    [{ max_completion_tokens: '100' }, 'max_completion_tokens'],
    [{ n: 0 }, 'n'],
    [{ n: 1000 }, 'n'],
    [{ tools: {} }, 'tools'],
    [{ service_tier: 1 }, 'service_tier'],
    [{ stream_options: true }, 'stream_options'],
    [{ provider: 'openai' }, 'provider'],
    [{ metadata: [] }, 'metadata'],
    [{ metadata: { use_case: 5 } }, 'metadata.use_case'],
    [{ base_url: 'http://evil' }, 'base_url'],
    [{ api_base: 'http://evil' }, 'api_base'],
    [{ custom_host: null }, 'custom_host'],
  ];
  it.each(fields)('%j', (body, param) => {
    const { refusal } = readHead(bodyOf(body));
    expect([refusal?.code, refusal?.param]).toEqual(['invalid_request', param]);
    expect(refusal!.message).toContain(param.startsWith('service') ? 'service_tier' : param);
  });

  it('a number no double can hold', () => {
    const { refusal } = readHead(Buffer.from('{"model":"m","messages":[{}],"max_tokens":1e400}'));
    expect(refusal?.param).toBe('max_tokens');
  });

  it('a field hidden behind escapes, although the engine may not see it', () => {
    JSON.parse('{"model":[],"\\\\":0}');
    const { refusal } = readHead(Buffer.from('{"model":"m","\\u006e":1000,"messages":[{}]}'));
    expect(refusal?.param).toBe('n');
  });

  const suite = join(import.meta.dirname, '../../../../../shared/data/conformance/JSONTestSuite/test_parsing');
  if (!existsSync(suite)) console.warn(`SKIPPED: JSONTestSuite is not at ${suite}`);
  it.skipIf(!existsSync(suite))(
    'every file of JSONTestSuite, as JSON where it is invalid and as a request where it is not',
    () => {
      for (const file of readdirSync(suite)) {
        const code = readHead(readFileSync(join(suite, file))).refusal?.code;
        expect(refusalKinds[code!].status, file).toBe(400);
        if (file.startsWith('n_')) expect(code, file).toBe('invalid_json');
      }
    },
  );
});

describe('readHead reads', () => {
  it('the least there is', () => {
    expect(headOf({ stream: null, n: null, max_tokens: null, tools: null })).toMatchObject({
      requestedModel: 'm',
      model: 'm',
      tier: 'standard',
      stream: false,
      includeUsage: false,
      streamCost: false,
      maxOutputTokens: null,
      choices: 1,
      needs: [],
      replayable: true,
      metadataUseCase: null,
      session: null,
      firstMessagesText: 'user\nhi',
      lastUserText: 'hi',
    });
  });

  const table: [object, Partial<CallHead>][] = [
    [{ model: 'gpt-5:flex' }, { requestedModel: 'gpt-5:flex', model: 'gpt-5', tier: 'flex' }],
    [
      { model: 'gpt-5:flex', service_tier: 'auto' },
      { model: 'gpt-5', tier: 'flex' },
    ],
    [{ service_tier: 'priority' }, { model: 'm', tier: 'priority' }],
    [{ service_tier: 'default' }, { tier: 'standard' }],
    [{ max_tokens: 10, max_completion_tokens: 30 }, { maxOutputTokens: 30 }],
    [{ n: 4 }, { choices: 4 }],
    [
      { stream: true, stream_options: { include_usage: true } },
      { includeUsage: true, streamCost: false, needs: ['stream'] },
    ],
    [
      { stream: true, stream_options: { include_cost: true } },
      { includeUsage: true, streamCost: true },
    ],
    [
      { stream: true, usage: { include: true } },
      { includeUsage: true, streamCost: true },
    ],
    [{ stream_options: { include_usage: true } }, { stream: false, includeUsage: false }],
    [{ tools: [{ type: 'function' }] }, { needs: ['tools'], replayable: true }],
    [{ functions: [{ name: 'f' }] }, { needs: ['tools'] }],
    [{ tools: [] }, { needs: [] }],
    [{ response_format: { type: 'json_schema' } }, { needs: ['json_schema'] }],
    [{ response_format: { type: 'json_object' } }, { needs: [] }],
    [{ modalities: ['text', 'audio'] }, { needs: ['audio'] }],
    [{ modalities: ['text', 'image'] }, { needs: ['images'] }],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a/b.png' } }] }] },
      { needs: ['vision'] },
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA' } }] }] },
      { needs: ['audio'], replayable: true },
    ],
    [{ metadata: { use_case: 'triage', session_id: 's' } }, { metadataUseCase: 'triage', session: 's' }],
    [{ prompt_cache_key: 'k', session_id: 's' }, { session: 'k' }],
    [
      {
        messages: [
          { role: 'system', content: 's' },
          user,
          { role: 'assistant', content: 'a' },
          { role: 'user', content: 'last' },
        ],
      },
      { firstMessagesText: 'system\ns\n\nuser\nhi', lastUserText: 'last' },
    ],
    [
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
        ],
      },
      { lastUserText: 'a\nb' },
    ],
  ];
  it.each(table)('%j', (fields, expected) => expect(headOf(fields)).toMatchObject(expected));

  it.each<[object]>([
    [{ store: true }],
    [{ background: true }],
    [{ previous_response_id: 'r' }],
    [{ conversation: 'c' }],
    [{ web_search_options: {} }],
    [{ search_parameters: { mode: 'auto' } }],
    [{ plugins: [{ id: 'web' }] }],
    [{ tools: [{ type: 'function' }, { type: 'web_search_preview' }] }],
    [{ tools: ['code_interpreter'] }],
    [{ messages: [{ role: 'assistant', audio: { id: 'audio_1' } }, user] }],
    [{ messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] }],
  ])('%j as not to be replayed', (fields) => expect(headOf(fields).replayable).toBe(false));

  it.each<[object]>([[{ store: false }], [{ tools: [{ type: 'custom' }] }], [{ tool_choice: 'auto' }]])(
    '%j as replayable',
    (fields) => expect(headOf(fields).replayable).toBe(true),
  );
});

describe('the input bound', () => {
  it('is never below one token for each byte of text, however the text is escaped', () => {
    for (const content of ['hello', 'ü'.repeat(100), '🙂\n"\\'.repeat(50), '\u0000'.repeat(20)])
      expect(headOf({ messages: [{ role: 'user', content }] }).inputTokensBound).toBeGreaterThan(
        Buffer.byteLength(content),
      );
  });

  it('counts an image by what it can cost and not by its bytes', () => {
    const image = (url: string, detail?: string) =>
      headOf({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url, detail } }] }] });
    const large = image(`data:image/png;base64,${'A'.repeat(1_000_000)}`);
    expect(large.inputTokensBound).toBe(image('').inputTokensBound);
    expect(large.inputTokensExpected).toBeLessThan(2_000);
    expect(large.inputTokensBound).toBeGreaterThan(imageTokensBound);
    expect(image('', 'low').inputTokensBound).toBeLessThan(imageTokensBoundLow + 300);
  });

  it('takes a file for a whole context', () => {
    expect(
      headOf({ messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] }).inputTokensBound,
    ).toBeGreaterThan(fileTokensBound);
  });

  it('grows with every message', () => {
    const one = headOf({ messages: [user] }).inputTokensBound;
    const two = headOf({ messages: [user, user] }).inputTokensBound;
    expect(two - one).toBeGreaterThan(16);
  });
});

it('long openings are told apart by any character, and megabytes of media are not hashed', () => {
  const opening = (content: unknown) => headOf({ messages: [{ role: 'user', content }] }).firstMessagesText;
  const long = 'x'.repeat(10_000);
  expect(opening(`${long}a${long}`)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(opening(`${long}a${long}`)).not.toBe(opening(`${long}b${long}`));
  expect(opening([{ type: 'image_url', image_url: { url: `data:${long}` } }]).length).toBeLessThan(300);
});
