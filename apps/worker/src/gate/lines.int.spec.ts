/** How lines start, share the error probability, stop, and are proved again. */
import { afterEach, expect, test } from 'vitest';
import { route } from '#postgres/admin/admin-fixture.spec-data.js';
import { Stage } from '../../../../test/support/worker-stage.js';

let stage: Stage;
afterEach(() => stage.close());

const terms = {
  alpha: 0.05,
  slots: 5,
  samplesMin: 20,
  samplesMax: 5_000,
  clustersMin: 20,
  spanHours: 0,
  evidenceExpiryDays: 30,
};
const mirrorMany = async (count: number) => {
  for (let n = 0; n < count; n++) await stage.mirror();
};
const line = async (candidate: string) =>
  (
    await stage.rows<{ next: number; slot: number; stopped: string | null; samples: number }>(
      `SELECT next_position::int AS next, slot, stopped, (state ->> 'samples')::int AS samples FROM evidence_line WHERE candidate = $1`,
      [candidate],
    )
  )[0];
const caughtUp = (candidate: string, next: number) =>
  stage.until(`SELECT next_position = $2 FROM evidence_line WHERE candidate = $1`, [candidate, next]);

test('a candidate added later starts at the first place seen for it, and takes a share of its own', async () => {
  stage = await Stage.open({ useCase: { candidates: ['south/small'], gate: terms } });
  await stage.startWorker();
  await mirrorMany(5);
  await caughtUp('south/small', 6);
  await stage.change(async (stores) => {
    const found = await stores.useCases.find('triage');
    await stores.useCases.put({ ...found!.definition, candidates: ['south/small', 'west/dull'] }, 'spec');
    return { result: null, entries: [] };
  });
  await mirrorMany(2);
  await caughtUp('west/dull', 8);
  expect(await line('west/dull')).toMatchObject({ samples: 2, slot: 2 });
  expect(await line('south/small')).toMatchObject({ samples: 7, slot: 1 });
});

test('a candidate beyond the slots declared is not tested', async () => {
  stage = await Stage.open({ useCase: { gate: { ...terms, slots: 1 } } });
  await stage.startWorker();
  await mirrorMany(1);
  await stage.until(`SELECT count(*) = 1 FROM evidence_line WHERE stopped = 'no_slot'`);
  await caughtUp('south/small', 2);
  const [stopped] = await stage.rows<{ candidate: string }>(
    `SELECT candidate FROM evidence_line WHERE stopped IS NOT NULL`,
  );
  expect(stopped?.candidate).toBe('west/dull');
  const before = stage.dials('west');
  await mirrorMany(3);
  await caughtUp('south/small', 5);
  expect(stage.dials('west')).toBe(before);
});

test('another gate is another attempt of the same use case: slots go on, and when they are spent nothing is tested', async () => {
  stage = await Stage.open({ useCase: { candidates: ['south/small'], gate: { ...terms, slots: 2 } } });
  await stage.startWorker();
  const declare = (also: object) =>
    stage.change(async (stores) => {
      const found = await stores.useCases.find('triage');
      await stores.useCases.put({ ...found!.definition, ...also }, 'spec');
      return { result: null, entries: [] };
    });
  const attempt = async (position: number) => {
    const { line: place } = await stage.mirror({ position });
    await stage.until(
      `SELECT count(*) = 1 FROM evidence_line WHERE gate = $1 AND (slot IS NOT NULL OR stopped IS NOT NULL)`,
      [place.gate],
    );
    return (await stage.rows(`SELECT slot, stopped FROM evidence_line WHERE gate = $1`, [place.gate]))[0];
  };
  expect(await attempt(1)).toEqual({ slot: 1, stopped: null });
  await declare({ promptTemplate: 'never sampled' });
  await declare({ floor: { absolute: 0.89 } });
  expect(await attempt(1)).toEqual({ slot: 2, stopped: null });
  await declare({ floor: { absolute: 0.88 } });
  expect(await attempt(1)).toEqual({ slot: null, stopped: 'no_slot' });
  await declare({ gate: { ...terms, slots: 4 } });
  expect(await attempt(1)).toEqual({ slot: 3, stopped: null });
});

test('no verdict is announced twice, and a crash before the mark changes nothing', async () => {
  stage = await Stage.open({ useCase: { candidates: ['south/small'], gate: terms } });
  await stage.startWorker();
  await mirrorMany(80);
  await stage.until(`SELECT count(*) = 1 FROM ledger_entry WHERE kind = 'verdict'`);
  await stage.stopWorker();
  const published = async () => (await stage.index()).snapshot.clearances.map(({ verdict }) => verdict);
  await stage.published(({ clearances }) => clearances.length === 1);
  const before = await published();
  await stage.rows(`UPDATE evidence_line SET announced = false`);
  await stage.startWorker();
  await stage.until(`SELECT bool_and(announced) FROM evidence_line`);
  expect(await stage.rows(`SELECT id FROM admin_verdict`)).toHaveLength(1);
  expect(await published()).toEqual(before);
  expect(await stage.rows(`SELECT 1 FROM ledger_entry WHERE kind = 'verdict'`)).toHaveLength(1);
});

const aged = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
test.each([
  ['has aged', false, aged(-20), 29],
  ['has aged sooner, being of a floating name,', true, aged(22.9), 6],
] as const)(
  'a proof that %s is proved again from new evidence, as another of the declared attempts',
  async (_, floating, expiresAt, freshDays) => {
    stage = await Stage.open({ useCase: { candidates: ['south/small'], gate: terms } });
    await stage.startWorker();
    await mirrorMany(80);
    await stage.until(`SELECT count(*) = 1 FROM admin_verdict`);
    await caughtUp('south/small', 81);
    await stage.stopWorker();
    const told = [JSON.stringify(expiresAt)];
    await stage.rows(`UPDATE evidence_line SET verdict = jsonb_set(verdict, '{expiresAt}', $1)`, told);
    await stage.rows(`UPDATE admin_verdict SET definition = jsonb_set(definition, '{expiresAt}', $1)`, told);
    await stage.change(async (stores) => {
      await stores.routes.put(route('south', 'small', { floating }), 'spec');
      return { result: null, entries: [] };
    });
    await stage.startWorker();
    await mirrorMany(80);
    await stage.until(`SELECT count(*) = 2 FROM admin_verdict WHERE word = 'cleared'`);
    await caughtUp('south/small', 161);
    expect(await line('south/small')).toMatchObject({ slot: 2, samples: 80 });
    const expiry = (iso: string) => (Date.parse(iso) - Date.now()) / 86_400_000;
    await stage.published(({ clearances }) => clearances.some((one) => expiry(one.expiresAt) > freshDays));
  },
);
