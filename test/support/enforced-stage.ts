/**
 * The worker's stage with a proxy in front and a use case in enforce: east/fair is cheapest, then south/small, then the
 * baseline north/large. Proofs are put there as the gate would; everything after that is the product's own doing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UseCaseDefinition } from '#postgres/admin/use-case.store.js';
import { makeLog } from '#runtime/log.js';
import { newId } from '#runtime/new-id.js';
import { verdict } from '../../libs/postgres/src/admin/admin-fixture.spec-data.js';
import { startProxy } from '../../apps/proxy/src/proxy.module.js';
import { issueKey, keyPepper } from './venue-world.js';
import { ready, until } from './proxy-under-test.js';
import { masterKey, Stage, type StageOptions, ticket } from './worker-stage.js';

const organisation = 'acme';

export interface EnforcedStage {
  stage: Stage;
  proxyUrl: string;
  /** Verdict by candidate. */
  proofs: Record<string, string>;
  /** Asks tickets `from`…`to − 1` and returns who served, by venue and reason, in no order. */
  ask(from: number, to: number): Promise<Served[]>;
  /** Until the proxy serves from the newest snapshot. */
  caughtUp(): Promise<void>;
  /** Bodies of ledger lines of a kind, oldest first, once there are at least `count`. */
  lines(kind: string, count: number): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface Served {
  status: number;
  venue: string | null;
  reason: string | null;
  cost: string | null;
}

const atOnce = 8;

export async function openEnforcedStage(
  useCase: Partial<UseCaseDefinition>,
  options: StageOptions = {},
): Promise<EnforcedStage> {
  const stage = await Stage.open({ tickets: 4_000, thirdCandidate: true, dearBaseline: true, useCase, ...options });
  await stage.startWorker();
  const proofs = await enforce(stage);
  const front = await openFront(stage);
  const { url, secret, caughtUp } = front;
  return {
    ...{ stage, proofs, caughtUp, proxyUrl: url },
    ask: (from, to) => ask(url, secret, from, to),
    lines: (kind, count) => lines(stage, kind, count),
    close: async () => {
      await front.close();
      await stage.close();
    },
  };
}

export interface Front {
  url: string;
  /** Of a key bound to the use case. */
  secret: string;
  /** Until the proxy serves from the newest snapshot. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** A proxy in front of a stage whose worker runs. */
export async function openFront(stage: Stage): Promise<Front> {
  const journal = mkdtempSync(join(tmpdir(), 'o10-enforced-'));
  const { key, secret } = issueKey({ organisation, team: 'care', useCase: 'triage' });
  await stage.stores.feed.publishKeys([key]);
  const proxy = await startProxy(
    {
      PORT: 0,
      HOST: '127.0.0.1',
      ORGANISATION: organisation,
      DATABASE_URL: stage.database.url,
      O10_MASTER_KEY: masterKey.toString('hex'),
      O10_KEY_PEPPER: keyPepper,
      O10_JOURNAL_DIR: journal,
      O10_PROXY_NAME: 'enforced',
      O10_DESK_TIMEOUT_MS: 1_000,
      LOG_LEVEL: 'silent',
    },
    makeLog('proxy', 'silent'),
  );
  const caughtUp = () =>
    until(async () => (await ready(proxy.address)).snapshot === (await stage.stores.feed.latest())?.version);
  // Enforce refuses rather than overspends until the worker has built the desk.
  await until(async () => (await stage.stores.desk.epoch()) !== null);
  await caughtUp();
  return {
    ...{ url: proxy.address, secret, caughtUp },
    close: async () => {
      await proxy.close(2_000);
      rmSync(journal, { recursive: true });
    },
  };
}

/** Both good candidates cleared, and the switch thrown. */
async function enforce(stage: Stage): Promise<Record<string, string>> {
  const gate = await stage.gate();
  const now = Date.now();
  const proofs = { 'east/fair': newId(now), 'south/small': newId(now) };
  await stage.change(async (stores) => {
    for (const [candidate, id] of Object.entries(proofs))
      await stores.verdicts.add(
        verdict(gate, { id, candidate, expiresAt: new Date(now + 30 * 86_400_000).toISOString() }),
      );
    await stores.useCases.switchMode('triage', 'enforce', 'spec');
    return { result: null, entries: [] };
  });
  return proofs;
}

async function ask(url: string, secret: string, from: number, to: number): Promise<Served[]> {
  const served: Served[] = [];
  let next = from;
  const one = async () => {
    while (next < to) served.push(await post(url, secret, ticket(next++)));
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return served;
}

async function post(url: string, secret: string, prompt: string): Promise<Served> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ model: 'north/large', max_tokens: 50, messages: [{ role: 'user', content: prompt }] }),
  });
  await answer.arrayBuffer();
  const header = (name: string) => answer.headers.get(name);
  return {
    status: answer.status,
    venue: header('x-o10-venue'),
    reason: header('x-o10-reason'),
    cost: header('x-flux-cost-usd'),
  };
}

export async function lines(stage: Stage, kind: string, count: number): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  await until(async () => {
    found.length = 0;
    const range = { fromIndex: 0, toIndex: Number.MAX_SAFE_INTEGER, kinds: [kind as never] };
    for await (const line of stage.stores.ledger.entries(organisation, range)) found.push(line.entry.body);
    return found.length >= count;
  });
  return found;
}

export const venuesOf = (served: Served[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { venue, reason } of served) counts[`${venue} ${reason}`] = (counts[`${venue} ${reason}`] ?? 0) + 1;
  return counts;
};
