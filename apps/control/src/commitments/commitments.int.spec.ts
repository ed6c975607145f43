/** Declaring capacity over the API: terms that stand once it has begun, an end instead of a deletion, and its use. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { declareNorth, type RunningControl, startControl } from '../control-fixture.spec-data.js';

let control: RunningControl;
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
});
afterAll(() => control.stop());

const hourMs = 3_600_000;
const hour = Math.floor(Date.now() / hourMs) * hourMs;
const at = (hours: number) => new Date(hour + hours * hourMs).toISOString();
const terms = {
  ...{ kind: 'provisioned', owner: 'care', routes: ['north/large'], weights: { input_uncached: 1, output_text: 4 } },
  ...{ unitsPerPeriod: 1_000_000, periodHours: 1, periodPicoUsd: '39.6', from: at(-1), source: 'contract 7' },
};
const put = (body: object, id = 'units') => control.ask('engineer', 'PUT', `/api/commitments/${id}`, body);

test('is in the snapshot, a line of the ledger, and shows its use', async () => {
  expect((await control.ask('viewer', 'PUT', '/api/commitments/units', terms)).status).toBe(403);
  const { status, body } = await put(terms);
  expect([status, body]).toMatchObject([
    200,
    { definition: { id: 'units', periodPicoUsd: '39.6', to: null }, now: null, closed: { periods: 0 } },
  ]);
  expect((await control.ask('viewer', 'GET', '/api/commitments/units/periods')).body).toEqual({ items: [] });
  const snapshot = await control.context.publishing.feed.latest();
  expect(JSON.parse(snapshot!.body).commitments).toMatchObject([{ id: 'units', unitsPerPeriod: 1_000_000 }]);
});

test('two commitments never share a route, and none draws for a route nobody knows', async () => {
  const twice = await put(terms, 'others');
  expect([twice.status, twice.text]).toEqual([422, expect.stringContaining('draws from commitment')]);
  const unknown = await put({ ...terms, routes: ['north/none'] });
  expect([unknown.status, unknown.text]).toEqual([422, expect.stringContaining('unknown route north/none')]);
});

test.each([
  ['another price', { periodPicoUsd: '1' }, 'cannot change once'],
  ['other weights', { weights: { input_uncached: 2 } }, 'cannot change once'],
  ['another beginning', { from: at(0) }, 'cannot change once'],
  ['an end in the running period', { to: at(0) }, 'must not lie before'],
  ['half a period', { to: new Date(hour + 1_000).toISOString() }, 'whole number of periods'],
  ['no price', { periodPicoUsd: undefined }, 'needs periodPicoUsd or machines'],
])('%s is refused once it has begun', async (_, change, why) => {
  const { status, text } = await put({ ...terms, ...change });
  expect([status, text]).toEqual([400, expect.stringContaining(why)]);
});

test('is ended, not deleted, while its periods are owed; one that has not begun can go', async () => {
  const gone = await control.ask('engineer', 'DELETE', '/api/commitments/units');
  expect([gone.status, gone.text]).toEqual([400, expect.stringContaining('its periods are owed')]);
  expect((await put({ ...terms, to: at(2) })).body.definition.to).toBe(at(2));
  const later = { ...terms, routes: ['north/small'], from: at(5) };
  expect((await put(later, 'later')).status).toBe(200);
  expect((await put({ ...later, periodPicoUsd: '2' }, 'later')).status).toBe(200);
  expect((await control.ask('engineer', 'DELETE', '/api/commitments/later')).status).toBe(204);
  expect((await control.ask('viewer', 'GET', '/api/commitments/later')).status).toBe(404);
});
