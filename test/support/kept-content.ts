/**
 * What o10 keeps of prompts and answers is what the use case says. Where it says nothing may be kept, no byte of them is in
 * any table of the database, under any key of Redis or in the proxy's journal; where they are kept, they are sealed, for whoever is not forgotten.
 * A file for each place where copies wait: the queues are in one of them for a whole process.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeptPayload } from '#contracts/kept-payload.js';
import { useCase } from '#postgres/admin/admin-fixture.spec-data.js';
import { PayloadStore } from '#postgres/payload/payload.store.js';
import { makeLog } from '#runtime/log.js';
import { startProxy } from '../../apps/proxy/src/proxy.module.js';
import { ready, until } from './proxy-under-test.js';
import { startRedis, type TestRedis } from './redis.js';
import { issueKey, keyPepper } from './venue-world.js';
import { masterKey, Stage } from './worker-stage.js';

const asked = 'the-harbour-master-of-Zanzibar';
const answered = 'seven-lanterns-on-the-quay';
const email = 'ada.lovelace@zanzibar.example';
const kept = { retentionDays: 7, samplingShare: 1 };
const useCases = {
  'keeps-nothing': { ...kept, retention: 'zero' },
  'keeps-numbers': { ...kept, retention: 'metadata_only' },
  'keeps-redacted': {
    ...kept,
    retention: 'redacted',
    redaction: ['email', { name: 'post', pattern: 'harbour.master' }],
  },
  'keeps-all': { ...kept, retention: 'full' },
} as const;

export function keptContentSuite(store: 'PostgreSQL' | 'Redis'): void {
  const closing: (() => unknown)[] = [];
  let stage: Stage;
  let redis: TestRedis | null = null;
  let journal: string;
  let proxyUrl: string;
  let secret: string;
  let keyId: string;

  beforeAll(async () => {
    if (store === 'Redis') redis = await startRedis();
    closing.push(() => redis?.stop());
    const settings = redis ? { REDIS_URL: redis.url, O10_SUPERVISED: '1' } : {};
    stage = await Stage.open({ judge: `${answered}, says ${email}`, settings });
    closing.push(() => stage.close());
    await stage.change(async (stored) => {
      const grader = { kind: 'exact' as const, reference: 'baseline' as const, ignoreCase: false };
      for (const [slug, what] of Object.entries(useCases)) {
        const also = { baseline: 'court/judge', candidates: ['south/small'], grader };
        await stored.useCases.put(useCase(slug, { ...also, ...(what as object) }), 'spec');
        await stored.useCases.switchMode(slug, 'shadow', 'spec');
      }
      return { result: null, entries: [] };
    });
    await stage.startWorker();
    const issued = issueKey({ organisation: 'acme', team: 'care' });
    [secret, keyId] = [issued.secret, issued.key.id];
    await stage.stores.feed.publishKeys([issued.key]);
    journal = mkdtempSync(join(tmpdir(), 'o10-kept-'));
    closing.push(() => rmSync(journal, { recursive: true }));
    const proxy = await startProxy(
      {
        ...{ PORT: 0, HOST: '127.0.0.1', ORGANISATION: 'acme', O10_PROXY_NAME: 'kept', LOG_LEVEL: 'silent' },
        ...{ O10_MASTER_KEY: masterKey.toString('hex'), O10_KEY_PEPPER: keyPepper },
        ...{ O10_JOURNAL_DIR: journal, O10_DESK_TIMEOUT_MS: 1_000 },
        ...(redis ? { REDIS_URL: redis.url } : { DATABASE_URL: stage.database.url }),
      },
      makeLog('proxy', 'silent'),
    );
    closing.push(() => proxy.close(2_000));
    proxyUrl = proxy.address;
    const version = async () => (await stage.stores.feed.latest())?.version;
    await until(async () => (await ready(proxyUrl)).snapshot === (await version()));
  });
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  });

  async function ask(slug: keyof typeof useCases, stream: boolean, also: object = {}, headers = {}): Promise<string> {
    const messages = [{ role: 'user', content: `Who is ${asked}? ${email}` }];
    const answer = await fetch(`${proxyUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${secret}`,
        'x-o10-use-case': slug,
        ...headers,
      },
      body: JSON.stringify({ model: 'court/judge', stream, messages, ...also }),
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('lanterns')]);
    return answer.headers.get('x-flux-request-id') ?? '';
  }

  /** Everything that is stored, each row or key as text, bytes among it spelled out. */
  async function everything(): Promise<Map<string, string>> {
    const all = new Map<string, string>();
    const tables = await stage.rows<{ name: string }>(
      "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')",
    );
    for (const { name } of tables)
      for (const [at, { row }] of (await stage.rows<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)).entries())
        all.set(
          `${name} ${at}`,
          row + row.replace(/\\+x([0-9a-f]*)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1')),
        );
    for (const file of readdirSync(journal)) all.set(`journal ${file}`, readFileSync(join(journal, file), 'latin1'));
    if (!redis) return all;
    const client = new Redis(redis.url);
    for (const key of await client.keys('*')) all.set(key, await valueOf(client, key));
    client.disconnect();
    return all;
  }
  const spellings = [asked, answered, email.split('@')[0]!].flatMap((text) => [
    text,
    Buffer.from(text).toString('hex'),
    ...[0, 1, 2].map((shift) =>
      Buffer.from(' '.repeat(shift) + text)
        .toString('base64')
        .slice(4, -4),
    ),
  ]);
  const saidIn = async () =>
    [...(await everything())].filter(([, text]) => spellings.some((said) => text.includes(said))).map(([name]) => name);
  const copies = async () => {
    const [row] = await stage.rows<{ count: string }>(
      'SELECT (SELECT count(*) FROM mirror_payload) + (SELECT count(*) FROM payload) AS count',
    );
    const names = [...(await everything()).keys()];
    return Number(row?.count) + names.filter((name) => name.startsWith('o10:mirror:')).length;
  };
  const openPayload = async (callId: string) => {
    const payloads = new PayloadStore(stage.sql, 'acme', masterKey);
    const text = await payloads.get(callId, Date.now());
    if (!text) return null;
    const { requestBody, answer } = KeptPayload.parse(JSON.parse(text.toString('utf8')));
    const decoded = (body: string) => Buffer.from(body, 'base64').toString('utf8');
    return { request: decoded(requestBody), answer: answer && decoded(answer.body) };
  };

  test('zero and metadata_only: not a byte, sealed or not', async () => {
    for (const stream of [false, true])
      for (const slug of ['keeps-nothing', 'keeps-numbers'] as const) await ask(slug, stream);
    await stage.until("SELECT count(*) = 4 FROM ledger_entry WHERE kind = 'call'");
    expect(await copies()).toBe(0);
    expect(stage.dials('south')).toBe(0);
    expect(await saidIn()).toEqual([]);
    // The search would find it.
    await stage.sql.query('CREATE TABLE planted AS SELECT $1::bytea AS said', [Buffer.from(`x${answered}`)]);
    expect(await saidIn()).toEqual(['planted 0']);
    await stage.sql.query('DROP TABLE planted');
  });

  test('full and redacted: sealed, apart from the ledger; whoever is forgotten is, the others are not', async () => {
    const whole = await ask('keeps-all', false, { user: 'ada' });
    const streamed = await ask('keeps-all', true, {}, { 'x-o10-subject': 'ada' });
    const bobs = await ask('keeps-all', false);
    const redacted = [await ask('keeps-redacted', false, { user: 'bob' }), await ask('keeps-redacted', true)];
    await stage.until('SELECT count(*) = 5 FROM payload');
    await stage.until("SELECT count(*) = 9 FROM ledger_entry WHERE kind = 'call'");
    expect(await saidIn()).toEqual([]);
    for (const callId of [whole, bobs]) {
      const said = await openPayload(callId);
      expect(said?.request).toContain(`Who is ${asked}? ${email}`);
      expect(said?.answer).toContain(`${answered}, says ${email}`);
    }
    expect((await openPayload(streamed))?.answer).toContain('data: {');
    for (const callId of redacted) {
      const said = await openPayload(callId);
      expect(said?.request).toContain('Who is the-[post]-of-Zanzibar? [email]');
      expect(said?.answer).toContain(`${answered}, says [email]`);
    }
    const levels = await stage.rows(
      "SELECT level, count(*)::int, min(expires_at) > now() + interval '6 days' AS days FROM payload GROUP BY 1 ORDER BY 1",
    );
    expect(levels).toEqual([
      { level: 'full', count: 3, days: true },
      { level: 'redacted', count: 2, days: true },
    ]);

    const payloads = new PayloadStore(stage.sql, 'acme', masterKey);
    expect(await payloads.erase('ada', Date.now())).toMatchObject({ payloads: 2 });
    expect([await openPayload(whole), await openPayload(streamed)]).toEqual([null, null]);
    expect(await openPayload(bobs)).not.toBeNull();
    expect(await payloads.erase(`key:${keyId}`, Date.now())).toMatchObject({ payloads: 2 });
    expect(await openPayload(bobs)).toBeNull();
  });
}

async function valueOf(client: Redis, key: string): Promise<string> {
  const reads: Record<string, () => Promise<unknown>> = {
    string: () => client.getBuffer(key).then((bytes) => bytes?.toString('latin1')),
    hash: () => client.hgetall(key),
    list: () => client.lrange(key, 0, -1),
    set: () => client.smembers(key),
    zset: () => client.zrange(key, '0', '-1'),
    stream: () => client.xrange(key, '-', '+'),
  };
  // Between the list and the reading a key may have gone.
  return JSON.stringify((await reads[await client.type(key)]?.()) ?? null);
}
