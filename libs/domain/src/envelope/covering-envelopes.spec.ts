import { expect, test } from 'vitest';
import type { Envelope, EnvelopeCover } from '#contracts/envelope.js';
import { coverOf, coveringEnvelopes, ladderTops, type CoveredCall } from './covering-envelopes.js';

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
  { id: 'big-only', scope: { kind: 'organisation' }, purpose: 'live', model: 'big' },
  { id: 'batch-only', scope: { kind: 'team', team: 'support' }, purpose: 'live', tag: 'batch' },
  { id: 'big-batch', scope: { kind: 'key', key: 'aaaaaaaaaaaa' }, purpose: 'live', model: 'big', tag: 'batch' },
  { id: 'tried', scope: { kind: 'team', team: 'tried' }, purpose: 'live', mode: 'shadow' },
];
const call: CoveredCall = {
  team: 'support',
  useCase: 'faq',
  key: 'aaaaaaaaaaaa',
  purpose: 'live',
  mode: 'enforce',
  model: 'small',
  tag: null,
};
const spelled = (changes: Partial<CoveredCall>) =>
  coveringEnvelopes(covers)({ ...call, ...changes }).map(({ id, refuses }) => `${id}${refuses ? '!' : ''}`);

test.each([
  ['enforce: all refuse', {}, ['all!', 'support!', 'faq!', 'faq-daily!', 'key-a!']],
  ['shadow: the use case only accounts', { mode: 'shadow' }, ['all!', 'support!', 'faq', 'faq-daily', 'key-a!']],
  ['off: as in shadow', { mode: 'off' }, ['all!', 'support!', 'faq', 'faq-daily', 'key-a!']],
  ['a replay has its own money and never more', { purpose: 'shadow', mode: 'shadow', key: null }, ['faq-shadow!']],
  ['so has a judge', { purpose: 'judge', mode: 'off' }, ['judges!']],
  ['neither team nor key', { team: null, key: null }, ['all!', 'faq!', 'faq-daily!']],
  [
    'of a model: the one that serves',
    { model: 'big', key: null },
    ['all!', 'big-only!', 'support!', 'faq!', 'faq-daily!'],
  ],
  ['of a tag', { tag: 'batch', key: null }, ['all!', 'support!', 'batch-only!', 'faq!', 'faq-daily!']],
  [
    'of both',
    { model: 'big', tag: 'batch', team: null, useCase: 'other' },
    ['all!', 'big-only!', 'key-a!', 'big-batch!'],
  ],
  ['another tag', { tag: 'else', team: null, useCase: 'other' }, ['all!', 'key-a!']],
  ['an envelope in shadow never refuses', { team: 'tried', key: null }, ['all!', 'tried', 'faq!', 'faq-daily!']],
  ['names are of their kind', { team: 'faq', useCase: 'support', key: 'faq' }, ['all!', 'team-faq!']],
] as [string, Partial<CoveredCall>, string[]][])('%s', (_name, changes, expected) =>
  expect(spelled(changes)).toEqual(expected),
);

test('no envelopes, no cover', () => expect(coveringEnvelopes([])(call)).toEqual([]));

test('proxies are told what differs from the usual, and nothing else', () => {
  const plain: Envelope = {
    id: 'plan',
    scope: { kind: 'organisation' },
    model: null,
    tag: null,
    purpose: 'live',
    mode: 'enforce',
    limitNanoUsd: 1n,
    window: { unit: 'total', zone: 'UTC' },
    steerAtPercent: null,
    flexAtPercent: null,
    shrinkAtPercent: null,
    capAtPercent: null,
  };
  const bare = { id: 'plan', scope: { kind: 'organisation' }, purpose: 'live' };
  expect(coverOf(plain)).toEqual(bare);
  const all = coverOf({
    ...plain,
    model: 'big',
    tag: 'batch',
    mode: 'shadow',
    steerAtPercent: 50,
    shrinkAtPercent: 95,
  });
  expect(all).toEqual({ ...bare, model: 'big', tag: 'batch', mode: 'shadow', ladder: ['steer', 'shrink'] });
  const top = ladderTops([{ ...all, id: 'all' }, coverOf(plain)]);
  expect([top('all'), top('plan'), top('unknown')]).toEqual(['shrink', null, null]);
});
