import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { Configuration, configurationJsonSchema } from '#contracts/configuration.js';

const envelope = { scope: { kind: 'organisation' }, window: { unit: 'month' } };
const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(configurationJsonSchema());

test('money is read exactly, and a limit without quotes must be whole', () => {
  const read = (limit: unknown) =>
    Configuration.safeParse({ apiVersion: 'v1', envelopes: { all: { ...envelope, limit } } });
  expect(read('0.000000001').data?.envelopes['all']?.limit).toBe(1n);
  expect(read(25).data?.envelopes['all']?.limit).toBe(25_000_000_000n);
  expect(read(0.5).error?.issues[0]?.message).toContain('in quotes');
});

test.each([
  ['the smallest file', { apiVersion: 'v1' }, true],
  ['an envelope', { apiVersion: 'v1', envelopes: { all: { ...envelope, limit: '25' } } }, true],
  ['another version', { apiVersion: 'v2' }, false],
  ['a misspelt section', { apiVersion: 'v1', venue: {} }, false],
  ['a misspelt field', { apiVersion: 'v1', envelopes: { all: { ...envelope, limit: '25', limt: '3' } } }, false],
  [
    'a secret in the file',
    { apiVersion: 'v1', venues: { a: { protocol: 'openai-chat', baseUrl: 'https://a/v1', key: 'sk-1' } } },
    false,
  ],
])('the JSON Schema for editors judges %s as the reader does', (_, file, expected) =>
  expect(valid(file)).toBe(expected),
);
