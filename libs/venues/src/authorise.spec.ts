import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Venue } from '#contracts/venue.js';
import { ask, Recorder, venueThat } from './fake-venue.spec-data.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const serviceAccount = JSON.stringify({
  type: 'service_account',
  client_email: 'o10@project.example',
  private_key_id: 'k1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
});
const aws = '{"accessKeyId":"AKIDEXAMPLE","secretAccessKey":"s","sessionToken":"t"}';

async function sent(row: Partial<Venue>, credential: string, query = '') {
  const seen: { headers?: IncomingHttpHeaders; url?: string | undefined } = {};
  const { venue, client } = await venueThat((request, response) => {
    Object.assign(seen, { headers: request.headers, url: request.url });
    response.end();
  }, row);
  const sink = await ask(client, { ...venue, baseUrl: venue.baseUrl + query }, new Recorder(), {
    credential,
  }).done;
  return { ...seen, fault: sink.fault };
}

describe('who pays is said', () => {
  it.each([
    [{}, 'sk', { authorization: 'Bearer sk' }],
    [{ protocol: 'anthropic-messages' as const }, 'sk', { 'x-api-key': 'sk' }],
    [{ protocol: 'anthropic-messages' as const, auth: 'bearer' as const }, 'sk', { authorization: 'Bearer sk' }],
    [{ protocol: 'gemini-generate' as const }, 'AIza', { 'x-goog-api-key': 'AIza' }],
    [{ auth: 'api-key' as const }, 'azure', { 'api-key': 'azure' }],
  ])('in the header of the kind: %j', async (row, credential, expected) => {
    const { headers } = await sent(row, credential);
    const names = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];
    expect(Object.fromEntries(names.filter((name) => headers?.[name]).map((name) => [name, headers?.[name]]))).toEqual(
      expected,
    );
  });

  it('by a token the service account signs itself', async () => {
    const { headers } = await sent({ auth: 'google-service-account' }, serviceAccount);
    const [head = '', claims = '', signature = ''] = headers!.authorization!.replace('Bearer ', '').split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
    const { iat, exp, ...rest } = read(claims);
    expect(rest).toEqual({
      iss: 'o10@project.example',
      sub: 'o10@project.example',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
    expect([(exp as number) - (iat as number), Math.abs((iat as number) - Date.now() / 1000) < 60]).toEqual([
      3600,
      true,
    ]);
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('by an AWS signature over host, date, body and session', async () => {
    const { headers } = await sent({ auth: 'aws-sigv4', region: 'eu-central-1' }, aws);
    expect(headers!.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    );
    expect(headers!['x-amz-security-token']).toBe('t');
  });

  it.each([
    ['google-service-account', 'sk-hidden'],
    ['google-service-account', serviceAccount.replace(/BEGIN PRIVATE KEY-----.{40}/, 'BEGIN PRIVATE KEY-----hidden')],
    ['aws-sigv4', '{"accessKeyId":"hidden"}'],
  ] as const)('or nothing is sent and nothing told: %s', async (auth, credential) => {
    const { url, fault } = await sent({ auth, region: 'eu-central-1' }, credential);
    expect([url, fault?.code]).toEqual([undefined, 'unreachable']);
    expect(JSON.stringify([fault?.message, String(fault?.cause)])).not.toContain('hidden');
  });

  it("the base URL's query goes with every request", async () => {
    const { url } = await sent({ auth: 'api-key' }, 'azure', '?api-version=preview');
    expect(url).toBe('/v1/chat/completions?api-version=preview');
  });

  it('a call aborted while it is signed is not sent', async () => {
    const { venue, client, server } = await venueThat((_, response) => void response.end(), {
      auth: 'google-service-account',
    });
    let asked = 0;
    server.on('request', () => asked++);
    const sink = ask(client, venue, new Recorder(), { credential: serviceAccount });
    sink.handle.abort();
    await sink.done;
    await ask(client, venue, new Recorder(), { credential: serviceAccount }).done;
    expect([sink.fault?.code, sink.facts?.requestSent, asked]).toEqual(['aborted', false, 1]);
  });
});
