import { demoteAt, warnAt } from '#domain/gate/statistics/change-detection.js';
import { expect, test } from 'vitest';
import { seededDraws } from '../gate-false-clear/false-clear.js';
import { canariesToAlarm, canariesToPage, medianOf, type Watched } from './watch-route.js';

const route: Watched = { floor: 0.95, healthy: 0.97, broken: 0.85, before: 300, canariesMax: 3_000 };
const delays = (watched: Watched, detector?: 'e-CUSUM') => {
  const draw = seededDraws(4);
  return Array.from({ length: 200 }, () => canariesToAlarm(watched, [warnAt, demoteAt], draw, detector));
};
const medians = (watched: Watched, detector?: 'e-CUSUM') =>
  [0, 1].map((at) => medianOf(delays(watched, detector).map((delay) => delay[at]!)));

test('a drop of ten points is noticed after about 68 canaries, the warning before the demotion', () => {
  const [warned, demoted] = medians(route);
  expect(warned).toBeLessThan(demoted!);
  expect(Math.abs(demoted! - 68)).toBeLessThan(10);
  expect(medians(route, 'e-CUSUM')[1]).toBeGreaterThan(1.3 * demoted!);
});

test('the experiment can fail: no drop is seldom noticed, a greater one sooner', () => {
  const accused = delays({ ...route, broken: route.healthy }).filter(([, demoted]) => demoted !== Infinity);
  expect(accused.length).toBeLessThan(20);
  expect(medians({ ...route, broken: 0.75 })[1]).toBeLessThan(medians(route)[1]! / 2);
});

test("Page's test needs to be told where it drops to, and then notices too", () => {
  const draw = seededDraws(4);
  const page = Array.from({ length: 200 }, () => canariesToPage(route, 0.85, Math.log(demoteAt), draw));
  expect(medianOf(page)).toBeLessThan(120);
});
