import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Snapshot } from '#contracts/snapshot.js';
import type { VenueAuth } from '#contracts/venue.js';
import { credentialAad, openText } from '#runtime/seal.js';
import { declareNorth, type RunningControl, startControl } from './control-fixture.spec-data.js';
import { ledgerLines } from './ledger-lines.spec-data.js';
import { keySecretHmac } from './token-hmac.js';

let control: RunningControl;
let everything: string[];
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  everything = [];
});
afterAll(() => control.stop());

const venue = { protocol: 'openai-chat', baseUrl: 'https://north.example/v1' };
const credential = 'sk-venue-0123456789-very-secret';

const put = async (body: object) => {
  const answer = await control.ask('engineer', 'PUT', '/api/venues/north', body);
  everything.push(answer.text);
  return answer;
};

async function sealedCredential(): Promise<string | null> {
  const { body } = (await control.context.publishing.feed.latest())!;
  expect(body).not.toContain(credential);
  const [published] = Snapshot.parse(JSON.parse(body)).venues;
  if (!published?.sealedCredential) return null;
  return openText(control.context.masterKey, published.sealedCredential, credentialAad(published));
}

test('a credential goes in, is sealed for proxies, and is never returned', async () => {
  expect((await put({ ...venue, credential })).body.hasCredential).toBe(true);
  expect(await sealedCredential()).toBe(credential);
  expect((await put({ ...venue, jurisdiction: 'eu' })).body.hasCredential).toBe(true);
  expect(await sealedCredential()).toBe(credential);
  const check = (text: string) =>
    control.ask('engineer', 'POST', '/api/venues/north/credential-check', { credential: text });
  expect((await check(credential)).body).toEqual({ matches: true });
  expect((await check('sk-other')).body).toEqual({ matches: false });
});

test('putting the same again changes nothing, seal included', async () => {
  const { body: first } = await put({ ...venue, jurisdiction: 'eu', credential });
  const { body: second } = await put({ ...venue, jurisdiction: 'eu', credential });
  expect(second).toEqual(first);
});

test('another path keeps the credential, another host forgets it', async () => {
  expect((await put({ ...venue, baseUrl: 'https://north.example/v2' })).body.hasCredential).toBe(true);
  expect((await put({ ...venue, baseUrl: 'https://north.example:8443/v2' })).body.hasCredential).toBe(false);
  expect(await sealedCredential()).toBeNull();
  expect((await put({ ...venue, credential })).body.hasCredential).toBe(true);
  expect((await put({ ...venue, baseUrl: 'https://attacker.example/v1' })).body.hasCredential).toBe(false);
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const serviceAccount = JSON.stringify({
  type: 'service_account',
  client_email: 'o10@project.example',
  private_key_id: 'k1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
});
const kinds: [VenueAuth, string, string][] = [
  ['bearer', 'sk-bearer-secret', 'not one\nheader'],
  ['x-api-key', 'sk-ant-secret', ''],
  ['api-key', 'azure-secret', 'not printablé'],
  ['x-goog-api-key', 'AIza-secret', ' '],
  ['google-service-account', serviceAccount, 'sk-hidden'],
  ['aws-sigv4', '{"accessKeyId":"AKID","secretAccessKey":"aws-very-secret"}', '{"accessKeyId":"AKID-hidden"}'],
];

test.each(kinds)(
  '%s: sealed, never returned, refused in another form, gone with host or kind',
  async (auth, secret, bad) => {
    const row = { ...venue, auth, region: 'eu-central-1', credential: null };
    await put(row);
    const refused = await put({ ...row, credential: bad });
    expect(refused.status).toBe(400);
    expect(refused.text).not.toContain('hidden');
    expect((await put({ ...row, credential: secret })).body.hasCredential).toBe(true);
    expect(await sealedCredential()).toBe(secret);
    everything.push((await control.ask('viewer', 'GET', '/api/venues/north')).text);
    expect(everything.join()).not.toContain(secret);
    const { credential: _, ...same } = row;
    expect((await put(same)).body.hasCredential).toBe(true);
    const otherAuth = auth === 'bearer' ? 'api-key' : 'bearer';
    expect((await put({ ...same, auth: otherAuth })).body.hasCredential).toBe(false);
    await put({ ...row, credential: secret });
    expect((await put({ ...same, baseUrl: 'https://attacker.example/v1' })).body.hasCredential).toBe(false);
    expect(await sealedCredential()).toBeNull();
  },
);

test('what AWS signs for must be said', async () => {
  expect((await put({ ...venue, auth: 'aws-sigv4' })).status).toBe(400);
});

test('a key is told once, kept as HMAC, and proxies hear of it and of its revocation', async () => {
  const issued = await control.ask('engineer', 'POST', '/api/keys', { name: 'app', team: 'care', useCase: 'triage' });
  const [, , id, secret] = (issued.body.secret as string).split('-') as [string, string, string, string];
  expect(issued.body.secret).toMatch(/^sk-o10-[0-9A-Za-z]{12}-[0-9A-Za-z]{43}$/);
  const deltas = () => control.context.publishing.feed.keysSince(0, 100);
  expect((await deltas()).at(-1)?.key).toMatchObject({
    id,
    useCase: 'triage',
    secretHmac: keySecretHmac(control.context.keyPepper, secret),
    revokedAt: null,
  });
  const revoked = await control.ask('engineer', 'DELETE', `/api/keys/${id}`);
  expect((await deltas()).at(-1)?.key).toMatchObject({ id, revokedAt: revoked.body.revokedAt });
  expect((await control.ask('engineer', 'DELETE', `/api/keys/${id}`)).body).toEqual(revoked.body);
  expect((await control.ask('engineer', 'DELETE', '/api/keys/000000000000')).status).toBe(404);
  const events = (await ledgerLines(control.databaseUrl)).filter(({ kind }) => kind === 'key_event');
  expect(events.map(({ body }) => body['event'])).toEqual(['issued', 'revoked']);
  everything.push((await control.ask('viewer', 'GET', '/api/keys')).text, secret);
});

test('100,000 keys are issued in one request', async () => {
  const { text, status } = await control.ask('engineer', 'POST', '/api/keys/bulk', {
    name: 'b',
    team: 't',
    count: 100_000,
  });
  expect(status).toBe(201);
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(100_000);
  const { id, secret } = JSON.parse(lines.at(-1)!) as { id: string; secret: string };
  const [delta] = (await control.context.publishing.feed.keysSince(100_001, 10)).slice(-1);
  expect(delta?.key).toMatchObject({
    id,
    name: 'b-100000',
    secretHmac: keySecretHmac(control.context.keyPepper, secret.slice(-43)),
  });
}, 120_000);

test('no list, no line of the ledger and no row holds a secret', async () => {
  const secret = everything.pop()!;
  for (const path of ['/api/venues', '/api/venues/north', '/api/members', '/api/snapshots', '/api/ledger/lines'])
    everything.push((await control.ask('admin', 'GET', path)).text);
  everything.push(JSON.stringify(await ledgerLines(control.databaseUrl)));
  for (const text of everything) {
    for (const hidden of [
      credential,
      secret,
      'sealedCredential',
      'secretHmac',
      'tokenHmac',
      ...Object.values(control.tokens),
    ])
      expect(text).not.toContain(hidden);
  }
});
