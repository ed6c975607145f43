import { expect, test } from 'vitest';
import { RouteSpeeds } from './route-speeds.js';

const answer = (tokens: number, change: object = {}) => ({
  ...{ stream: true, firstByteMs: 500, latencyMs: 1_500 },
  usage: { basis: 'reported' as const, parts: { output_text: tokens } },
  ...change,
});

test('a route is as fast as it lately was, and not known where nothing was seen for ten minutes', () => {
  const speeds = new RouteSpeeds();
  expect(speeds.of('a/m', 0)).toBeNull();
  speeds.saw('a/m', answer(100), 0);
  expect(speeds.of('a/m', 0)).toBe(100);
  speeds.saw('a/m', answer(50), 1_000);
  expect(speeds.of('a/m', 1_000)).toBe(90);
  speeds.saw('a/m', answer(100, { latencyMs: 500 }), 2_000); // no time passed
  speeds.saw('a/m', answer(100, { usage: { basis: 'missing', parts: {} } }), 2_000);
  expect(speeds.of('a/m', 601_000)).toBe(90);
  expect(speeds.of('a/m', 601_001)).toBeNull();
  speeds.saw('a/m', answer(10), 700_000);
  expect(speeds.of('a/m', 700_000)).toBe(10);
});
