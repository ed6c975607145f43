import { expect, test } from 'vitest';
import type { LaneTable } from '#contracts/lane.js';
import { usableModels } from '../lanes/usable-models.js';
import { chooseRoute } from './choose-route.js';
import { type AskedRoute, requestedRoute } from './requested-route.js';
import { routingIndexOf } from './routing-index.js';
import { clearance, noon, route, snapshot, useCase, venue } from './snapshot.spec-data.js';
import { noWishes } from './wished-venues.js';

const lane = (...routes: string[]) => ({ name: 'a lane', routes, floor: null });
const lanes: LaneTable = {
  rules: [
    { lane: 'standard', when: { needs: ['tools'] } },
    { lane: 'fast', when: {} },
  ],
  lanes: { fast: lane('c/m-c', 'b/m-b'), standard: lane('b/m-b'), reasoning: lane('a/m-a') },
};
const world = (change: Parameters<typeof snapshot>[0] = {}) => {
  const base = snapshot({ lanes, ...change });
  return routingIndexOf({
    ...base,
    routes: [...base.routes, route('c', { id: 'c/m-c:flex', tier: 'flex' })],
    models: { ...base.models, 'flux-pinned-m-a': 'a/m-a', 'flux-pinned-m-d': 'd/m-d' },
  });
};
const asked = (model: string, change: Partial<AskedRoute> = {}): AskedRoute => ({
  model,
  tier: 'standard',
  wishes: noWishes,
  instantMs: noon,
  protocol: 'openai-chat',
  lane: { needs: [], reasoningEffort: null, lastUserText: 'hi', inputTokensExpected: 5, maxOutputTokens: null },
  ...change,
});
const meaning = (model: string, change: Partial<AskedRoute> = {}, index = world()) => {
  const found = requestedRoute(asked(model, change), undefined, index);
  return 'refused' in found ? found.refused.code : [found.placed.route.id, found.lane, found.pinned];
};
const withTools = { lane: { ...asked('x').lane, needs: ['tools' as const] } };
const long = { lane: { ...asked('x').lane, inputTokensExpected: 90_000 } };

test.each<[string, Partial<AskedRoute>, unknown]>([
  ['flux-auto', {}, ['c/m-c', 'fast', false]],
  ['flux-auto', withTools, ['b/m-b', 'standard', false]],
  ['flux-fast', withTools, ['c/m-c', 'fast', false]],
  ['flux-reasoning', {}, ['a/m-a', 'reasoning', false]],
  ['flux-fast', { tier: 'flex' }, ['c/m-c:flex', 'fast', false]],
  ['flux-fast', { tier: 'priority' }, 'tier_not_offered'],
  ['flux-image', {}, 'unknown_model'],
  ['flux-strange', {}, 'unknown_model'],
  ['flux-pinned-m-d', {}, ['d/m-d', null, true]],
  ['m-d', {}, ['d/m-d', null, false]],
])('%s %j', (model, change, meant) => {
  expect(meaning(model, change)).toEqual(meant);
});

test('a lane serves by the first of its routes that can express the call', () => {
  const small = world({ routes: ['a', 'b', 'd'].map((id) => route(id)).concat(route('c', { contextWindow: 8_000 })) });
  expect(meaning('flux-fast', {}, small)).toEqual(['c/m-c', 'fast', false]);
  expect(meaning('flux-fast', long, small)).toEqual(['b/m-b', 'fast', false]);
  const other = world({
    venues: ['a', 'b', 'd'].map((id) => venue(id)).concat(venue('c', { protocol: 'anthropic-messages' })),
  });
  expect(meaning('flux-fast', {}, other)).toEqual(['b/m-b', 'fast', false]);
});

test('the image lane is asked for at the endpoint of pictures', () => {
  const draws = venue('d', { alsoSpeaks: ['openai-images'] });
  const image = world({
    venues: [...['a', 'b', 'c'].map((id) => venue(id)), draws],
    lanes: { ...lanes, lanes: { ...lanes.lanes, image: lane('d/m-d') } },
    routes: ['a', 'b', 'c'].map((id) => route(id)).concat(route('d', { capabilities: ['images'] })),
  });
  const pictures = { protocol: 'openai-images' as const, lane: { ...asked('x').lane, needs: ['images' as const] } };
  expect(meaning('flux-image', pictures, image)).toEqual(['d/m-d', 'image', false]);
  expect(meaning('flux-image', pictures)).toBe('unknown_model');
});

const choice = (model: string, index = world(), mayPin = false) => {
  const inUse = index.useCases.get('support');
  const found = requestedRoute(asked(model), inUse, index);
  if ('refused' in found) return found.refused.code;
  const choose = chooseRoute(
    {
      needs: { protocol: 'openai-chat', capabilities: [], inputTokensExpected: 100, maxOutputTokens: 50 },
      requested: found.placed,
      pinned: found.pinned,
      useCase: inUse,
      wishes: noWishes,
      replayable: true,
      mayPin,
      instantMs: noon,
      draw: 0,
    },
    index,
    { venueDown: () => false, lastRoute: null, steer: false },
  );
  return 'refused' in choose ? choose.refused.code : `${choose.hops[0]?.placed.route.id} ${choose.hops[0]?.reason}`;
};
const inMode = (mode: 'shadow' | 'enforce', change = {}) => world({ useCases: [useCase({ mode, ...change })] });

test('in enforce a lane leaves the choice to the use case; a pin does not, and never passes the floor', () => {
  expect(choice('flux-fast')).toBe('c/m-c cheapest_cleared');
  expect(choice('flux-reasoning')).toBe('c/m-c cheapest_cleared');
  expect(choice('flux-pinned-m-a')).toBe('a/m-a pinned');
  expect(choice('flux-pinned-m-d')).toBe('floor_not_cleared');
  expect(choice('flux-pinned-m-d', world(), true)).toBe('d/m-d pinned');
});

test('nothing cleared: a lane is served by the baseline', () => {
  expect(choice('flux-fast', world({ clearances: [clearance('b/m-b', { revision: '0' })] }))).toBe(
    'a/m-a nothing_cleared',
  );
});

test('elsewhere the lane’s own route serves, within policy', () => {
  expect(choice('flux-fast', inMode('shadow'))).toBe('c/m-c requested');
  const policy = { residency: null, retentionAtMost: null, approvedModels: ['m-a'], appliesIn: 'always' as const };
  expect(choice('flux-fast', inMode('shadow', { policy }))).toBe('model_not_approved');
  expect(choice('flux-pinned-m-d', inMode('shadow', { policy }))).toBe('model_not_approved');
});

test('a key lists what it may use', () => {
  const index = world();
  const open = { useCase: null, modelAllowList: null, team: 'care' };
  expect(usableModels(open, index)).toEqual(
    expect.arrayContaining(['flux-auto', 'flux-fast', 'flux-fast:flex', 'flux-pinned-m-a', 'usecase/support']),
  );
  expect(usableModels({ ...open, modelAllowList: ['flux-pinned-*', 'm-a'] }, index)).toEqual([
    'flux-pinned-m-a',
    'flux-pinned-m-d',
    'm-a',
  ]);
  const policy = { residency: null, retentionAtMost: null, approvedModels: ['m-a'], appliesIn: 'always' as const };
  expect(usableModels({ ...open, useCase: 'support' }, inMode('shadow', { policy }))).toEqual([
    'a/m-a',
    'flux-auto',
    'flux-pinned-m-a',
    'flux-reasoning',
    'm-a',
    'usecase/support',
  ]);
});
