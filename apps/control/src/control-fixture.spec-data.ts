/** A control API over a database of its own, on a free port, with one member per role. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Role, roles } from '#contracts/api/member-api.js';
import { makeLog } from '#runtime/log.js';
import { createDatabase } from '../../../test/support/database.js';
import { createControl } from './control.module.js';
import type { ControlContext, DraftStatement } from './control-context.js';
import { ControlSettings } from './env.js';
import { openControl } from './open-control.js';

export interface Answer {
  status: number;
  type: string;
  text: string;
  // The shape is what the spec asserts.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface RunningControl {
  url: string;
  app: NestFastifyApplication;
  context: ControlContext;
  /** Asks as the member with this role; null: without a token. */
  ask(role: Role | null, method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  tokens: Record<Role, string>;
  databaseUrl: string;
  stop(): Promise<void>;
}

export const settingsFor = (databaseUrl: string, also: Record<string, string> = {}) => ({
  DATABASE_URL: databaseUrl,
  O10_MASTER_KEY: randomBytes(32).toString('hex'),
  O10_KEY_PEPPER: randomBytes(32).toString('hex'),
  O10_ADMIN_TOKEN: randomBytes(32).toString('hex'),
  LOG_LEVEL: 'silent',
  ...also,
});

export async function startControl(draft?: DraftStatement, also: Record<string, string> = {}): Promise<RunningControl> {
  const database = await createDatabase();
  const settings = ControlSettings.parse(settingsFor(database.url, also));
  const { context, close } = openControl(settings, makeLog('control', 'silent'));
  const app = await createControl(context, draft);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const tokens = { admin: settings.O10_ADMIN_TOKEN } as Record<Role, string>;
  const ask: RunningControl['ask'] = async (role, method, path, body, contentType = 'application/json') => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(role && { authorization: `Bearer ${tokens[role]}` }),
        ...(body !== undefined && { 'content-type': contentType }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      type,
      text,
      body: type.includes('json') && !type.includes('ndjson') ? JSON.parse(text) : null,
    };
  };
  for (const role of roles.filter((name) => name !== 'admin')) {
    const issued = await ask('admin', 'POST', '/api/members', { name: `${role}@bank.example`, role });
    if (issued.status !== 201) throw new Error(issued.text);
    tokens[role] = issued.body.token;
  }
  const stop = async () => {
    await app.close();
    await close();
    await database.drop();
  };
  return { url, app, context, ask, tokens, databaseUrl: database.url, stop };
}

/** What the o10 of the specs sells: two routes at one venue, priced. */
export async function declareNorth({ ask }: RunningControl): Promise<void> {
  const settle = async (asked: Promise<Answer>) => {
    const answer = await asked;
    if (answer.status >= 300) throw new Error(answer.text);
  };
  const route = {
    venue: 'north',
    revision: '2026-10-01',
    family: 'alpha',
    contextWindow: 128_000,
    maxOutputTokens: 8_192,
  };
  const price = {
    venue: 'north',
    tier: 'standard',
    validFrom: '2026-01-01T00:00:00.000Z',
    source: 'https://north.example',
  };
  await settle(
    ask('engineer', 'PUT', '/api/venues/north', { protocol: 'openai-chat', baseUrl: 'https://north.example/v1' }),
  );
  await settle(ask('engineer', 'PUT', '/api/routes', { ...route, model: 'large' }));
  await settle(ask('engineer', 'PUT', '/api/routes', { ...route, model: 'small' }));
  const rows = ['large', 'small'].flatMap((model, at) =>
    ['input_uncached', 'output_text'].map((meter) => ({
      ...price,
      model,
      meter,
      ratePicoUsd: at ? '100000' : '2500000',
    })),
  );
  await settle(ask('approver', 'POST', '/api/prices', { rows }));
  await settle(ask('engineer', 'PUT', '/api/suites/triage', '{"input":"2+2?","expected":"4"}\n', 'application/jsonl'));
  await settle(ask('engineer', 'PUT', '/api/use-cases/triage', triage));
}

export const triage = {
  team: 'care',
  baseline: 'north/large',
  candidates: ['north/small'],
  grader: { kind: 'exact', reference: 'suite' },
  floor: { absolute: 0.9 },
};
