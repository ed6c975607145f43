import { afterAll, beforeAll, expect, test } from 'vitest';
import { declareNorth, type RunningControl, startControl } from './control-fixture.spec-data.js';

let control: RunningControl;
beforeAll(async () => {
  control = await startControl();
});
afterAll(() => control.stop());

test('smoke', async () => {
  await declareNorth(control);
  for (const path of [
    '/health',
    '/ready',
    '/api/venues',
    '/api/routes',
    '/api/prices',
    '/api/use-cases',
    '/api/suites',
    '/api/use-cases/triage/proof',
    '/api/snapshots',
    '/api/ledger',
    '/api/members',
    '/api/members/me',
  ])
    console.log(path, (await control.ask('viewer', 'GET', path)).text.slice(0, 600));
  console.log((await control.ask('viewer', 'POST', '/api/snapshots')).text);
  console.log(
    (
      await control.ask('engineer', 'PUT', '/api/envelopes/all', {
        scope: { kind: 'organisation' },
        limitNanoUsd: '25',
        window: { unit: 'month' },
      })
    ).text,
  );
  console.log(
    (
      await control.ask('engineer', 'PUT', '/api/envelopes/all', {
        scope: { kind: 'organisation' },
        limitNanoUsd: '25',
        window: { unit: 'month', zone: 'Mars/Phobos' },
      })
    ).text,
  );
  console.log((await control.ask('engineer', 'POST', '/api/keys', { name: 'k', team: 'care' })).text);
  console.log((await control.ask('engineer', 'POST', '/api/keys/bulk', { name: 'k', team: 'care', count: 3 })).text);
  console.log((await control.ask('engineer', 'DELETE', '/api/venues/north')).text);
  console.log((await control.ask('engineer', 'PUT', '/api/use-cases/triage', { team: 'x', flor: 1 })).text);
  console.log(
    (await control.ask(null, 'GET', '/api/nowhere')).text,
    (await control.ask('engineer', 'PUT', '/api/venues/north', '{bad')).text,
  );
  expect(1).toBe(1);
});
