import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkAuthorisation } from './check-authorisation.js';
import type { Venue } from './config.js';

const venue = (auth: Venue['auth'], query: Venue['query'] = {}): Venue => ({
  id: 'v',
  apiKey: 'sk-v',
  auth,
  query,
  abortBilling: 'stops',
  models: [],
});
const ask = (headers: Record<string, string>, path = '/v/x') => ({
  method: 'POST',
  path,
  headers,
  body: Buffer.from('{}'),
});
const status = (asked: Venue, headers: Record<string, string>, path?: string) =>
  checkAuthorisation(asked, ask(headers, path))?.status ?? 200;

describe('keys', () => {
  it.each([
    ['authorization', { authorization: 'Bearer sk-v' }, 200],
    ['authorization', { 'x-api-key': 'sk-v' }, 401],
    ['api-key', { 'api-key': 'sk-v' }, 200],
    ['api-key', { authorization: 'Bearer sk-v' }, 401],
    ['x-goog-api-key', { 'x-goog-api-key': 'sk-w' }, 401],
  ] as const)('%s with %j: %i', (name, headers, expected) =>
    expect(status(venue({ kind: 'header', name }), headers)).toBe(expected),
  );
  it('wants its query too', () => {
    const azure = venue({ kind: 'header', name: 'api-key' }, { 'api-version': 'preview' });
    expect(status(azure, { 'api-key': 'sk-v' })).toBe(400);
    expect(status(azure, { 'api-key': 'sk-v' }, '/v/x?api-version=preview')).toBe(200);
  });
});

describe('tokens of a service account', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const google = venue({
    kind: 'google',
    clientEmail: 'a@b',
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'a@b',
    sub: 'a@b',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    iat: now,
    exp: now + 3600,
  };
  const token = (change: object = {}) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256' })}.${part({ ...claims, ...change })}`;
    return `Bearer ${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  it.each([
    ['its own', token(), 200],
    ["another account's", token({ iss: 'x@y' }), 401],
    ['one that ran out', token({ iat: now - 7200, exp: now - 3600 }), 401],
    ['one of another scope', token({ scope: 'https://www.googleapis.com/auth/drive' }), 401],
    ['one that was changed', token().slice(0, -4) + 'AAAA', 401],
    ['none', '', 401],
  ])('%s', (_, authorization, expected) => expect(status(google, { authorization })).toBe(expected));
});

describe('AWS signatures', () => {
  const aws = venue({ kind: 'aws', accessKeyId: 'AKID', secretAccessKey: 's', region: 'eu-central-1' });
  it.each(['', 'AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-central-1/bedrock/aws4_request'])(
    '%j is none',
    (authorization) => expect(status(aws, { authorization })).toBe(401),
  );
  it('a signature over another body is none', () => {
    const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const authorization = `AWS4-HMAC-SHA256 Credential=AKID/${date.slice(0, 8)}/eu-central-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=${createHash('sha256').update('other').digest('hex')}`;
    expect(status(aws, { authorization, 'x-amz-date': date, host: 'h' })).toBe(401);
  });
});
