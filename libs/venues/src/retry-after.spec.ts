import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const nowMs = Date.UTC(2026, 10, 21, 6, 0, 0);
const date = 'Sat, 21 Nov 2026 05:00:00 GMT'; // of a clock an hour behind ours

test.each([
  ['nothing', {}, null],
  ['seconds', { 'retry-after': '2' }, 2_000],
  ['no time at all', { 'retry-after': '0' }, 0],
  ['milliseconds, which are more exact', { 'retry-after': '1', 'retry-after-ms': '250.5' }, 250.5],
  ['milliseconds nobody can read, and seconds', { 'retry-after': '1', 'retry-after-ms': 'soon' }, 1_000],
  ['a date', { 'retry-after': 'Sat, 21 Nov 2026 06:00:30 GMT' }, 30_000],
  ['a date by the venue’s own clock', { 'retry-after': 'Sat, 21 Nov 2026 05:00:30 GMT', date }, 30_000],
  ['a date as RFC 850 had it', { 'retry-after': 'Saturday, 21-Nov-26 06:00:30 GMT' }, 30_000],
  ['a date as asctime has it', { 'retry-after': 'Sat Nov 21 06:00:30 2026' }, 30_000],
  ['a date that has passed', { 'retry-after': 'Sat, 21 Nov 2026 05:59:00 GMT' }, 0],
  ['less than nothing', { 'retry-after': '-1' }, null],
  ['an empty value', { 'retry-after': '' }, null],
  ['a word', { 'retry-after': 'later' }, null],
  ['a year', { 'retry-after': 'Sat, 2027' }, null],
] as const)('%s', (_name, headers, ms) => expect(retryAfterMs(headers, nowMs)).toBe(ms));
