import { expect, test } from 'vitest';
import type { EnvelopeCover } from '#contracts/envelope.js';
import { coveringEnvelopes, type CoveredCall } from './covering-envelopes.js';

const covers: EnvelopeCover[] = [
  { id: 'key-a', scope: { kind: 'key', key: 'aaaaaaaaaaaa' }, purpose: 'live' },
  { id: 'faq', scope: { kind: 'use_case', useCase: 'faq' }, purpose: 'live' },
  { id: 'faq-daily', scope: { kind: 'use_case', useCase: 'faq' }, purpose: 'live' },
  { id: 'faq-shadow', scope: { kind: 'use_case', useCase: 'faq' }, purpose: 'shadow' },
  { id: 'support', scope: { kind: 'team', team: 'support' }, purpose: 'live' },
  { id: 'all', scope: { kind: 'organisation' }, purpose: 'live' },
  { id: 'judges', scope: { kind: 'organisation' }, purpose: 'judge' },
  // A team, a use case and a key may share a name.
  { id: 'team-faq', scope: { kind: 'team', team: 'faq' }, purpose: 'live' },
];
const call: CoveredCall = { team: 'support', useCase: 'faq', key: 'aaaaaaaaaaaa', purpose: 'live', mode: 'enforce' };
const spelled = (changes: Partial<CoveredCall>) =>
  coveringEnvelopes(covers)({ ...call, ...changes }).map(({ id, refuses }) => `${id}${refuses ? '!' : ''}`);

test.each([
  ['enforce: all refuse', {}, ['all!', 'support!', 'faq!', 'faq-daily!', 'key-a!']],
  ['shadow: the use case only accounts', { mode: 'shadow' }, ['all!', 'support!', 'faq', 'faq-daily', 'key-a!']],
  ['off: as in shadow', { mode: 'off' }, ['all!', 'support!', 'faq', 'faq-daily', 'key-a!']],
  ['a replay has its own money and never more', { purpose: 'shadow', mode: 'shadow', key: null }, ['faq-shadow!']],
  ['so has a judge', { purpose: 'judge', mode: 'off' }, ['judges!']],
  ['neither team nor key', { team: null, key: null }, ['all!', 'faq!', 'faq-daily!']],
  ['names are of their kind', { team: 'faq', useCase: 'support', key: 'faq' }, ['all!', 'team-faq!']],
] as [string, Partial<CoveredCall>, string[]][])('%s', (_name, changes, expected) =>
  expect(spelled(changes)).toEqual(expected),
);

test('no envelopes, no cover', () => expect(coveringEnvelopes([])(call)).toEqual([]));
