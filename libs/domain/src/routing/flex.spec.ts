import { describe, expect, test } from 'vitest';
import type { PriceRow } from '#contracts/price.js';
import type { Snapshot } from '#contracts/snapshot.js';
import { FlexTerms } from '#contracts/venue.js';
import { type CallFacts, chooseRoute, type Hop, type LocalView } from './choose-route.js';
import { flexPatienceMs } from './flex.js';
import { type LastTry, mayFollow, nextHop } from './next-hop.js';
import { type AskedRoute, requestedRoute } from './requested-route.js';
import { routingIndexOf } from './routing-index.js';
import { noon, route, snapshot, useCase, venue } from './snapshot.spec-data.js';
import { noWishes, type VenueWishes } from './wished-venues.js';

const base = snapshot();
const flexRoute = (id: string, change = {}) => route(id, { id: `${id}/m-${id}:flex`, tier: 'flex', ...change });
const half = (rows: readonly PriceRow[]): PriceRow[] =>
  rows.map((row) => ({ ...row, tier: 'flex', ratePicoUsd: row.ratePicoUsd / 2n }));
/** Each of a, b and c again at the flex tier and half the price; z sells what a sells. */
const world = (change: Partial<Snapshot> = {}, flexes = ['a', 'b', 'c'].map((id) => flexRoute(id))) =>
  routingIndexOf({
    ...base,
    venues: [...base.venues, venue('z')],
    prices: { ...base.prices, rows: [...base.prices.rows, ...half(base.prices.rows)] },
    ...change,
    routes: [...base.routes, ...flexes, route('z', { id: 'z/m-a', model: 'm-a', latencyMsP50: 9 })],
  });
const waits = { deferrable: { deadlineSeconds: null } };
const quiet: LocalView = { venueDown: () => false, lastRoute: null, steer: false };

interface Asked {
  model?: string;
  tier?: AskedRoute['tier'];
  wishes?: Partial<VenueWishes>;
  stream?: boolean;
  replayable?: boolean;
  unclassified?: boolean;
}
/** Tokens a second, of those whose speed was seen. */
const speeds: Record<string, number> = { 'z/m-a': 50 };

function choose(index: ReturnType<typeof world>, asked: Asked = {}, local: Partial<LocalView> = {}) {
  const { model = 'm-a', tier = 'standard', stream = false, replayable = true, unclassified } = asked;
  const wishes = { ...noWishes, ...asked.wishes };
  const capabilities = stream ? (['stream'] as const) : [];
  const inUse = unclassified ? undefined : index.useCases.get('support');
  const lane = { needs: [], reasoningEffort: null, lastUserText: '', inputTokensExpected: 1_000, maxOutputTokens: 500 };
  const throughputOf = (route: string) => speeds[route] ?? null;
  const wanted = { model, tier, wishes, instantMs: noon, protocol: 'openai-chat' as const, lane, throughputOf };
  const found = requestedRoute(wanted, inUse, index);
  if ('refused' in found) return found;
  const facts: CallFacts = {
    needs: { protocol: 'openai-chat', capabilities, inputTokensExpected: 1_000, maxOutputTokens: 500 },
    requested: found.placed,
    others: found.others,
    useCase: inUse,
    wishes,
    replayable,
    mayPin: false,
    instantMs: noon,
    draw: 0,
  };
  return chooseRoute(facts, index, { ...quiet, ...local });
}
const hopsOf = (...args: Parameters<typeof choose>): Hop[] => {
  const choice = choose(...args);
  return 'refused' in choice ? [] : choice.hops;
};
/** "route reason ×tries, …", or the refusal. */
const served = (...args: Parameters<typeof choose>): string => {
  const choice = choose(...args);
  if ('refused' in choice) return `${choice.refused.code}: ${choice.refused.message}`;
  const runs: { placed: Hop['placed']; text: string; count: number }[] = [];
  for (const { placed, reason } of choice.hops) {
    const run = runs.at(-1);
    if (run?.placed === placed) run.count += 1;
    else runs.push({ placed, text: `${placed.route.id} ${reason}`, count: 1 });
  }
  return runs.map(({ text, count }) => (count > 1 ? `${text} ×${count}` : text)).join(', ');
};
const off = (change = {}) => world({ useCases: [useCase({ mode: 'off', ...change })] });
const enforce = (change = {}) => world({ useCases: [useCase(change)] });

describe('asked for', () => {
  test.each<[string, ReturnType<typeof world>, Asked, string]>([
    ['flex, then standard', off(), { tier: 'flex' }, 'a/m-a:flex requested ×3, a/m-a fallback'],
    ['also as a stream', off(), { tier: 'flex', stream: true }, 'a/m-a:flex requested ×3, a/m-a fallback'],
    ['not without fallbacks', off(), { tier: 'flex', wishes: { allowFallbacks: false } }, 'a/m-a:flex requested ×3'],
    [
      'a tier it has not, by name',
      off(),
      { model: 'm-d', tier: 'flex' },
      'tier_not_offered: m-d has no flex tier. Tiers it has: standard.',
    ],
    [
      'a tier it has not, of two it has',
      off(),
      { model: 'm-b', tier: 'priority' },
      'tier_not_offered: m-b has no priority tier. Tiers it has: standard, flex.',
    ],
    [
      'where only another venue has it, there',
      world({ models: { 'm-a': 'z/m-a' }, useCases: [] }),
      { tier: 'flex', unclassified: true },
      'a/m-a:flex requested ×3, a/m-a fallback',
    ],
    [
      'but a pinned route stays where it is',
      world({ models: { 'flux-pinned-z': 'z/m-a' }, useCases: [] }),
      { model: 'flux-pinned-z', tier: 'flex', unclassified: true },
      'tier_not_offered: flux-pinned-z has no flex tier. Tiers it has: standard.',
    ],
    [
      'in enforce: the cleared at their flex tier first, then as ever',
      enforce(),
      { tier: 'flex' },
      'c/m-c:flex cheapest_cleared ×3, b/m-b:flex fallback ×3, a/m-a:flex fallback ×3, c/m-c fallback, b/m-b fallback, a/m-a fallback',
    ],
    [
      'in enforce, nothing cleared: the baseline at its flex tier',
      world({ clearances: [] }),
      { tier: 'flex' },
      'a/m-a:flex flex ×3, a/m-a fallback',
    ],
    [
      'in enforce, with side effects: the baseline at its flex tier',
      enforce(),
      { tier: 'flex', replayable: false },
      'a/m-a:flex flex ×3, a/m-a fallback',
    ],
  ])('%s', (_what, index, asked, hops) => expect(served(index, asked)).toBe(hops));

  test('another revision behind the flex tier shares no evidence', () => {
    const index = world({ clearances: [] }, [flexRoute('a', { revision: '2' })]);
    expect(served(index, { tier: 'flex' })).toMatch(/^floor_not_cleared/);
  });

  test('a flex tier processed elsewhere is outside a residency the standard tier is inside of', () => {
    const policy = { residency: ['eu'], retentionAtMost: null, approvedModels: null, appliesIn: 'always' as const };
    const index = world({ useCases: [useCase({ mode: 'off', policy })] }, [flexRoute('a', { jurisdiction: null })]);
    expect(served(index, { tier: 'flex' })).toMatch(/^residency_denied/);
    expect(served(index)).toBe('a/m-a requested');
  });
});

describe('not asked for', () => {
  const why = (...args: Parameters<typeof choose>) => {
    const choice = choose(...args);
    return 'decision' in choice ? choice.decision.considered.find(({ route: id }) => id === 'c/m-c:flex') : undefined;
  };
  test('nobody who waits is given it, in no mode, and no envelope changes that', () => {
    expect(served(off())).toBe('a/m-a requested');
    expect(served(enforce())).toBe('c/m-c cheapest_cleared, b/m-b fallback, a/m-a fallback');
    expect(served(enforce(), {}, { steer: true, flexFirst: true })).toBe(
      'c/m-c steered, b/m-b fallback, a/m-a fallback',
    );
    expect(why(enforce())).toMatchObject({ ineligible: 'not_deferrable' });
  });
  test('what can wait takes it where it is cheapest, unless it is streamed', () => {
    expect(served(enforce(waits))).toMatch(
      /^c\/m-c:flex cheapest_cleared ×3, c\/m-c fallback, b\/m-b:flex fallback ×3/,
    );
    expect(served(enforce(waits), { stream: true })).toBe('c/m-c cheapest_cleared, b/m-b fallback, a/m-a fallback');
    expect(served(off(waits))).toBe('a/m-a requested');
    expect(served(world({ useCases: [useCase(waits)], clearances: [] }))).toBe('a/m-a:flex flex ×3, a/m-a fallback');
  });
  test('an envelope that asks for flex gets it from what can wait', () => {
    expect(served(enforce(waits), {}, { steer: true, flexFirst: true })).toMatch(
      /^c\/m-c:flex steered ×3, b\/m-b:flex fallback ×3, a\/m-a:flex fallback ×3, c\/m-c fallback/,
    );
  });
});

describe('a deadline', () => {
  const within = (seconds: number) => hopsOf(enforce({ deferrable: { deadlineSeconds: seconds } }));
  const at = (seconds: number, elapsedMs: number) => {
    const hops = within(seconds);
    const next = nextHop(hops, 0, null, noon + elapsedMs);
    return next && hops[next.at]?.placed.route.id;
  };
  test('flex is due until the time standard needs, then standard', () => {
    expect(within(600).filter(({ placed }) => placed.route.id === 'c/m-c:flex')).toHaveLength(21);
    expect(at(600, 0)).toBe('c/m-c:flex');
    expect(at(600, 569_999)).toBe('c/m-c:flex');
    expect(at(600, 570_000)).toBe('c/m-c');
    expect(at(20, 0)).toBe('c/m-c');
  });
  test('an answer is waited for as long as the tier asks, and no longer than the deadline leaves', () => {
    const [hop] = within(600);
    expect(flexPatienceMs({ ...hop!, flex: undefined }, noon)).toBe(900_000);
    expect(flexPatienceMs(hop!, noon)).toBe(570_000);
    expect(flexPatienceMs(hop!, noon + 569_000.5)).toBe(1_000);
    expect(flexPatienceMs(hop!, noon + 600_000)).toBe(1);
  });
  test('a wait that would miss it is not waited: the next goes first', () => {
    const hops = within(600);
    const busy: LastTry = { placed: hops[0]!.placed, status: 429, retryAfterMs: 40_000 };
    expect(nextHop(hops, 1, busy, noon + 500_000)).toEqual({ at: 1, waitMs: 40_000 });
    const late = nextHop(hops, 1, busy, noon + 540_000)!;
    expect([hops[late.at]?.placed.route.id, late.waitMs]).toEqual(['b/m-b:flex', 0]);
  });
});

describe('after a refusal', () => {
  const hops = hopsOf(off(), { tier: 'flex' });
  const after = (status: number | null, from: number, terms?: Partial<FlexTerms>): string | null => {
    const placed = { ...hops[0]!.placed };
    if (terms) placed.venue = { ...placed.venue, flex: FlexTerms.parse(terms) };
    const here = hops.map((hop) => (hop.placed === hops[0]!.placed ? { ...hop, placed } : hop));
    const last = { placed, status, retryAfterMs: null };
    if (!mayFollow(here, from, last, noon)) return null;
    const next = nextHop(here, from, last, noon);
    return next && `${here[next.at]!.placed.route.id} after ${next.waitMs}`;
  };
  test.each<[number | null, number, Partial<FlexTerms> | undefined, string | null]>([
    [429, 1, undefined, 'a/m-a:flex after 250'],
    [503, 2, undefined, 'a/m-a:flex after 500'],
    [429, 3, undefined, 'a/m-a after 0'],
    [498, 1, undefined, null],
    [498, 1, { refusals: [498] }, 'a/m-a:flex after 250'],
    [400, 1, undefined, null],
    [400, 1, { refusals: [400] }, 'a/m-a after 0'],
    [500, 1, undefined, 'a/m-a after 0'],
    [null, 1, undefined, 'a/m-a after 0'],
    [401, 1, undefined, null],
    [429, 4, undefined, null],
  ])('%s before try %i with %j: %s', (status, from, terms, next) => expect(after(status, from, terms)).toBe(next));
});

describe('venues a caller names', () => {
  const ask = (wishes: Partial<VenueWishes>, index = world({ useCases: [] })) =>
    served(index, { wishes, unclassified: true });
  test.each<[Partial<VenueWishes>, string]>([
    [{}, 'a/m-a requested'],
    [{ only: ['z'] }, 'z/m-a requested'],
    [{ ignore: ['a'] }, 'z/m-a requested'],
    [{ order: ['z', 'a'] }, 'z/m-a requested, a/m-a fallback'],
    [{ order: ['z'] }, 'z/m-a requested'],
    [{ order: ['z', 'a'], allowFallbacks: false }, 'z/m-a requested'],
    [{ sort: 'latency' }, 'z/m-a requested'],
    [{ sort: 'price' }, 'a/m-a requested'],
    [{ sort: 'throughput' }, 'z/m-a requested'],
    [{ only: ['b'] }, 'invalid_request: m-a is not sold at the venues you allow.'],
    [{ only: ['a'], ignore: ['a'] }, 'invalid_request: m-a is not sold at the venues you allow.'],
  ])('%j', (wishes, hops) => expect(ask(wishes)).toBe(hops));

  test('in enforce they restrict, and order and sort nothing', () => {
    expect(served(enforce(), { wishes: { only: ['a', 'b'] } })).toBe('b/m-b cheapest_cleared, a/m-a fallback');
    expect(served(enforce(), { wishes: { order: ['z'], sort: 'latency' } })).toBe(
      'c/m-c cheapest_cleared, b/m-b fallback, a/m-a fallback',
    );
  });
});
