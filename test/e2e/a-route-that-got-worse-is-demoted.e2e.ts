/** Quality drops after the switch: the canaries notice, the proof is withdrawn, and no call goes there any more. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Demotion } from '#contracts/enforcement.js';
import { Snapshot } from '#contracts/snapshot.js';
import { demotionHolds } from '#domain/gate/drift-trace.js';
import { type EnforcedStage, openEnforcedStage, venuesOf } from '../support/enforced-stage.js';

let enforced: EnforcedStage;
beforeAll(async () => {
  enforced = await openEnforcedStage({
    rampShare: 1,
    canary: { scoredShare: 0.02, perDayMin: 200, pairedShare: 0.1 },
  });
});
afterAll(() => enforced?.close());

let asked = 0;
const ask = async (count: number) => {
  const from = asked;
  asked += count;
  return enforced.ask(from, asked);
};
const clearances = async () =>
  Snapshot.parse(JSON.parse((await enforced.stage.stores.feed.latest())?.body ?? '')).clearances.map(
    ({ candidate }) => candidate,
  );

test('while it is as good as proved it serves, and nothing is taken back', async () => {
  expect(venuesOf(await ask(60))).toEqual({ 'east cheapest_cleared': 60 });
  await enforced.stage.until("SELECT count(*) >= 50 FROM canary_place WHERE state = 'scored'");
  expect((await clearances()).sort()).toEqual(['east/fair', 'south/small']);
  const replays = await enforced.lines('shadow_replay', 1);
  expect(replays.every((body) => body['route'] === 'north/large')).toBe(true);
});

test('it drops to 60 %: demoted within the canaries of gate.md, written down so that anyone can fold it again', async () => {
  enforced.stage.simulator.skill({ venue: 'east', model: 'fair', accuracy: 0.6 });
  const droppedAt = asked;
  while ((await clearances()).includes('east/fair') && asked < droppedAt + 600) await ask(20);
  const [line] = await enforced.lines('demotion', 1);
  const demotion = Demotion.parse(line);
  expect(demotion).toMatchObject({
    verdict: enforced.proofs['east/fair'],
    candidate: 'east/fair',
    threshold: 5_000,
    detector: { kind: 'absolute', floor: 0.9 },
  });
  expect(demotionHolds(demotion)).toBe(true);
  expect(demotion.detector.canaries).toBeLessThan(droppedAt + 150);
  const warnings = await enforced.lines('drift_warning', 1);
  expect(warnings[0]).toMatchObject({ candidate: 'east/fair', threshold: 1_000, coolsUntil: null });
});

test('after that no call goes to it: the next cheapest cleared route serves', async () => {
  await enforced.caughtUp();
  const dialled = enforced.stage.dials('east');
  const served = await ask(100);
  expect(venuesOf(served)).toEqual({ 'south cheapest_cleared': 100 });
  expect(enforced.stage.dials('east')).toBe(dialled);
});

test('the next one fails outright: the baseline serves, and neither is tried again while it cools down', async () => {
  enforced.stage.simulator.order({ venue: 'south', kind: 'status', status: 503 });
  const before = asked;
  while ((await clearances()).length > 0 && asked < before + 200) await ask(10);
  const demotion = Demotion.parse((await enforced.lines('demotion', 2))[1]);
  expect(demotion).toMatchObject({ candidate: 'south/small' });
  expect(['hard_failure', 'absolute']).toContain(demotion.detector.kind); // whichever noticed first
  expect(demotionHolds(demotion)).toBe(true);
  await enforced.caughtUp();
  const dialled = ['east', 'south'].map((venue) => enforced.stage.dials(venue));
  expect(venuesOf(await ask(100))).toEqual({ 'north nothing_cleared': 100 });
  await enforced.stage.until("SELECT count(*) >= 5 FROM evidence_place WHERE use_case = 'triage'");
  expect(['east', 'south'].map((venue) => enforced.stage.dials(venue))).toEqual(dialled);
});
