/** The kill switch: an engineer's one call, no proof, nobody's approval, and the baseline serves within five seconds. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeLog } from '#runtime/log.js';
import { createControl } from '../../apps/control/src/control.module.js';
import { ControlSettings } from '../../apps/control/src/env.js';
import { openControl } from '../../apps/control/src/open-control.js';
import { type EnforcedStage, openEnforcedStage, venuesOf } from '../support/enforced-stage.js';
import { keyPepper } from '../support/venue-world.js';
import { masterKey } from '../support/worker-stage.js';

let enforced: EnforcedStage;
let controlUrl: string;
let engineer: string;
const closing: (() => Promise<unknown>)[] = [];
const adminToken = randomBytes(32).toString('hex');

const post = async (path: string, token: string, body: unknown) => {
  const answer = await fetch(controlUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

beforeAll(async () => {
  enforced = await openEnforcedStage({ rampShare: 1 });
  closing.push(() => enforced.close());
  const settings = ControlSettings.parse({
    ORGANISATION: 'acme',
    DATABASE_URL: enforced.stage.database.url,
    O10_MASTER_KEY: masterKey.toString('hex'),
    O10_KEY_PEPPER: keyPepper,
    O10_ADMIN_TOKEN: adminToken,
    LOG_LEVEL: 'silent',
  });
  const { context, close } = openControl(settings, makeLog('control', 'silent'));
  const app = await createControl(context);
  await app.listen(0, '127.0.0.1');
  closing.push(close, () => app.close());
  controlUrl = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const member = await post('/api/members', adminToken, { name: 'engineer@acme.example', role: 'engineer' });
  engineer = String(member.body['token']);
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

test('what its canaries have seen is there to look at', async () => {
  expect(venuesOf(await enforced.ask(0, 20))).toEqual({ 'east cheapest_cleared': 20 });
  await enforced.stage.until('SELECT count(*) >= 1 FROM enforcement');
  const answer = await fetch(`${controlUrl}/api/gates/enforced?useCase=triage`, {
    headers: { authorization: `Bearer ${engineer}` },
  });
  const { items } = (await answer.json()) as { items: { candidate: string; detectors: { kind: string }[] }[] };
  expect(items).toMatchObject([{ candidate: 'east/fair', rampShare: 0.05, warned: false, demotedAt: null }]);
  expect(items[0]?.detectors.map(({ kind }) => kind)).toEqual(['absolute', 'schema', 'hard_failure']);
});

test('a viewer cannot, an engineer can, and from then on no call is on the cleared route', async () => {
  const viewer = await post('/api/members', adminToken, { name: 'viewer@acme.example', role: 'viewer' });
  expect((await post('/api/use-cases/triage/baseline', String(viewer.body['token']), {})).status).toBe(403);
  const startedAt = performance.now();
  const { status, body } = await post('/api/use-cases/triage/baseline', engineer, { reason: 'answers look wrong' });
  expect([status, (body['definition'] as { mode: string }).mode]).toEqual([200, 'shadow']);
  await enforced.caughtUp();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  const dialled = enforced.stage.dials('east');
  const served = await enforced.ask(20, 50);
  expect(served.every(({ venue, status: code }) => venue === 'north' && code === 200)).toBe(true);
  const replays = await enforced.stage.rows<{ n: string }>(
    "SELECT count(*) AS n FROM evidence_row WHERE candidate = 'east/fair' AND state <> 'void'",
  );
  expect(enforced.stage.dials('east') - dialled).toBeLessThanOrEqual(Number(replays[0]?.n));
});

test('it is a line of the ledger; asked again it changes nothing and writes nothing', async () => {
  const switches = await enforced.lines('mode_switch', 1);
  expect(switches.at(-1)).toMatchObject({
    useCase: 'triage',
    from: 'enforce',
    to: 'shadow',
    rollback: true,
    reason: 'answers look wrong',
  });
  expect((await post('/api/use-cases/triage/baseline', engineer, {})).status).toBe(200);
  expect(await enforced.lines('mode_switch', 1)).toHaveLength(switches.length);
  expect((await post('/api/use-cases/nothing/baseline', engineer, {})).status).toBe(404);
});
