import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { clusterOf, inputDigestOf } from './case-key.js';

test('a case is found whatever the white space and the Unicode form of its text', () => {
  const digest = createHash('sha256').update('How many? caf\u00e9').digest('hex');
  expect(inputDigestOf('How many? caf\u00e9')).toBe(digest);
  expect(inputDigestOf('\n How\t\n many?\u00a0 cafe\u0301 \r\n')).toBe(digest);
  expect(inputDigestOf('\uff28ow many? caf\u00e9')).toBe(digest);
  expect(inputDigestOf('how many? caf\u00e9')).not.toBe(digest);
});

test('a cluster is the session, else the first messages, and never confuses the two', () => {
  const of = (session: string | null, firstMessages: string) => clusterOf('key', { session, firstMessages });
  expect(of('s1', 'hello')).toBe(of('s1', 'another turn'));
  expect(of('s1', 'hello')).not.toBe(of('s2', 'hello'));
  expect(of(null, 'hello  there')).toBe(of(null, 'hello there\n'));
  expect(of(null, 'hello')).not.toBe(of(null, 'goodbye'));
  expect(of('hello', '')).not.toBe(of(null, 'hello'));
});

test('a cluster cannot be guessed without the key', () => {
  const source = { session: null, firstMessages: 'yes' };
  expect(clusterOf('key', source)).not.toBe(clusterOf('other', source));
  expect(clusterOf('key', source)).not.toBe(inputDigestOf('yes'));
});
