import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Role } from '#contracts/api/member-api.js';
import { declareNorth, type RunningControl, startControl } from './control-fixture.spec-data.js';

let control: RunningControl;
let operations: { method: string; path: string }[];
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  const { paths } = (await control.ask(null, 'GET', '/api/openapi.json')).body as OpenAPIObject;
  operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, 'north') })),
  );
});
afterAll(() => control.stop());

const open = (path: string) => path === '/health' || path === '/ready';

test('every path is here: reading and changing, some forty of them', () => {
  expect(operations.length).toBeGreaterThan(40);
  expect(operations.filter(({ method }) => method !== 'GET').length).toBeGreaterThan(20);
});

test('without a token nothing answers but health and readiness', async () => {
  for (const { method, path } of operations) {
    const { status, body } = await control.ask(null, method, path);
    if (open(path)) expect(status, path).toBe(200);
    else expect([status, body.code], `${method} ${path}`).toEqual([401, 'unauthenticated']);
  }
});

test.each([
  ['no token of anybody', `Bearer ${'x'.repeat(43)}`],
  ['another scheme', 'Basic cm9vdDpyb290'],
  ['an empty one', 'Bearer '],
])('with %s neither', async (_, authorization) => {
  for (const { method, path } of operations.filter((operation) => !open(operation.path))) {
    const response = await fetch(control.url + path, { method, headers: { authorization } });
    expect(response.status, `${method} ${path}`).toBe(401);
    await response.body?.cancel();
  }
});

/** A question too long for a URL: it changes nothing. */
const asks = (path: string) => path === '/api/envelopes/trial';

test('a viewer changes nothing, and is told who may', async () => {
  const changes = operations.filter(({ method, path }) => method !== 'GET' && !asks(path));
  for (const { method, path } of changes) {
    const { status, body } = await control.ask('viewer', method, path, {});
    expect([status, body.code], `${method} ${path}`).toEqual([403, 'forbidden']);
  }
});

/** Who gets past the guard; whether the request then makes sense is not asked here. */
const mayChange: [string, string, Role[]][] = [
  ['PUT', '/api/venues/north', ['engineer', 'admin']],
  ['DELETE', '/api/routes', ['engineer', 'admin']],
  ['POST', '/api/prices', ['engineer', 'approver', 'finance', 'admin']],
  ['PUT', '/api/envelopes/north', ['engineer', 'finance', 'admin']],
  ['POST', '/api/use-cases/north/mode', ['engineer', 'approver', 'admin']],
  ['POST', '/api/keys', ['engineer', 'admin']],
  ['POST', '/api/keys/bulk', ['engineer', 'admin']],
  ['POST', '/api/members', ['admin']],
  ['POST', '/api/ledger/reversals', ['finance', 'admin']],
  ['POST', '/api/statements/north/query', ['finance']],
  ['POST', '/api/statements/north/sign', ['finance']],
];

test.each(mayChange)('%s %s is for %s', async (method, path, allowed) => {
  for (const role of ['viewer', 'engineer', 'approver', 'finance', 'admin'] as const) {
    const { status } = await control.ask(role, method, path, {});
    expect(status === 403, role).toBe(!allowed.includes(role));
  }
});

test('a revoked member is out at once, and the name is gone for good', async () => {
  const issued = await control.ask('admin', 'POST', '/api/members', { name: 'temp@bank.example', role: 'viewer' });
  const me = () =>
    fetch(`${control.url}/api/members/me`, { headers: { authorization: `Bearer ${issued.body.token}` } });
  expect(await (await me()).json()).toEqual({ name: 'temp@bank.example', role: 'viewer' });
  expect((await control.ask('admin', 'DELETE', '/api/members/temp@bank.example')).status).toBe(204);
  expect((await me()).status).toBe(401);
  const again = await control.ask('admin', 'POST', '/api/members', { name: 'temp@bank.example', role: 'admin' });
  expect(again.body.code).toBe('name_taken');
  expect((await control.ask('admin', 'POST', '/api/members', { name: 'root', role: 'viewer' })).status).toBe(400);
});

test('a caller’s key opens its own calls and nothing else', async () => {
  const { body } = await control.ask('engineer', 'POST', '/api/keys', { name: 'k', team: 'care' });
  const ask = (path: string) => fetch(control.url + path, { headers: { authorization: `Bearer ${body.secret}` } });
  expect((await ask('/api/venues')).status).toBe(401);
  expect((await ask('/v1/generation?id=01900000-0000-7000-8000-000000000001')).status).toBe(404);
  await control.ask('engineer', 'DELETE', `/api/keys/${body.key.id}`);
  expect((await ask('/v1/generation?id=01900000-0000-7000-8000-000000000001')).status).toBe(401);
});
