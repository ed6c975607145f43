import { expect, test } from 'vitest';
import { readSubject } from './read-subject.js';

test.each([
  [{ safety_identifier: 'a', user: 'b', metadata: { user_id: 'c' } }, 'a'],
  [{ user: 'b', metadata: { user_id: 'c' } }, 'b'],
  [{ user: '', metadata: { user_id: 'c' } }, 'c'],
  [{ user: 7, metadata: 'none' }, null],
])('%j is of %s', (body, subject) => expect(readSubject(JSON.stringify(body))).toBe(subject));

test('what is no object is of nobody', () => expect([readSubject('['), readSubject('[]')]).toEqual([null, null]));
