/** What a proxy believes to be left: the counts it was told, and its own draws until they must be in them. */
import { expect, test } from 'vitest';
import { type CapacityCounts, Commitment } from '#contracts/commitment.js';
import { routingIndexOf } from '#domain/routing/routing-index.js';
import { noon, snapshot } from '#domain/routing/snapshot.spec-data.js';
import { CapacityView } from './capacity-view.js';

const commitment = Commitment.decode({
  ...{ id: 'ptu', kind: 'provisioned', owner: 'care', routes: ['b/m-b'], weights: { output_text: 1 }, source: 's' },
  ...{ unitsPerPeriod: 100, periodHours: 1, periodPicoUsd: '1', from: '2026-11-20T10:00:00.000Z', to: null },
} as never);
const index = routingIndexOf(snapshot({ commitments: [commitment] }));
const [drawing, other] = ['b/m-b', 'c/m-c'].map((id) => index.routes.get(id)!);
const countsAt = (ms: number, unitsUsed: string, from = '2026-11-20T12:00:00.000Z'): CapacityCounts => ({
  asOf: new Date(ms).toISOString(),
  periods: [{ commitment: 'ptu', from, unitsUsed }],
});

async function viewOf(counts: CapacityCounts | null) {
  const told = { counts };
  const view = new CapacityView({ capacity: () => Promise.resolve(told.counts) });
  await view.refresh(index);
  return { view, told, usedAt: (ms: number) => view.inHand(drawing!, index, ms)?.period.unitsUsed ?? null };
}

test('nothing is believed of a period nobody counted, nor of a route that draws from nothing', async () => {
  expect((await viewOf(null)).usedAt(noon)).toBeNull();
  const { usedAt, view } = await viewOf(countsAt(noon, '7'));
  expect([usedAt(noon), usedAt(noon - 1), usedAt(noon + 3_600_000)]).toEqual([7n, null, null]);
  expect(view.inHand(other!, index, noon)).toBeNull();
});

test('own draws count until a count must hold them', async () => {
  const { view, told, usedAt } = await viewOf(countsAt(noon, '7'));
  view.drew(view.inHand(drawing!, index, noon)!, { output_text: 5, input_uncached: 9 }, noon);
  expect(usedAt(noon)).toBe(12n);
  told.counts = countsAt(noon + 2_000, '7');
  await view.refresh(index);
  expect(usedAt(noon)).toBe(12n);
  told.counts = countsAt(noon + 2_001, '12');
  await view.refresh(index);
  expect(usedAt(noon)).toBe(12n);
});
