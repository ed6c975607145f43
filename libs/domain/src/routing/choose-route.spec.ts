import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallFacts, chooseRoute, type LocalView } from '#domain/routing/choose-route.js';
import { routingIndexOf } from '#domain/routing/routing-index.js';
import { Commitment } from '#contracts/commitment.js';
import { periodAt } from '#domain/pricing/draw-capacity.js';
import type { Snapshot } from '#contracts/snapshot.js';
import { clearance, noon, route, snapshot, useCase, venue } from './snapshot.spec-data.js';
import { noWishes } from './wished-venues.js';

const quiet: LocalView = { venueDown: () => false, lastRoute: null, steer: false };

interface Asked extends Partial<Omit<CallFacts, 'requested' | 'useCase' | 'needs'>> {
  model?: string;
  needs?: Partial<CallFacts['needs']>;
  unclassified?: boolean;
}

function choose(change: Partial<Snapshot>, asked: Asked = {}, local: Partial<LocalView> = {}) {
  const index = routingIndexOf(snapshot(change));
  const { model = 'a/m-a', needs, unclassified, ...rest } = asked;
  const facts: CallFacts = {
    needs: { protocol: 'openai-chat', capabilities: [], inputTokensExpected: 1_000, maxOutputTokens: 500, ...needs },
    requested: index.routes.get(model)!,
    useCase: unclassified ? undefined : index.useCases.get('support'),
    wishes: noWishes,
    replayable: true,
    mayPin: false,
    instantMs: noon,
    draw: 0,
    ...rest,
  };
  return chooseRoute(facts, index, { ...quiet, ...local });
}

/** "route reason, route reason", or the refusal's code. */
const served = (...args: Parameters<typeof choose>): string => {
  const choice = choose(...args);
  return 'refused' in choice
    ? choice.refused.code
    : choice.hops
        .filter(({ placed }, place) => placed !== choice.hops[place - 1]?.placed) // further tries of one flex route
        .map((hop) => `${hop.placed.route.id} ${hop.reason}`)
        .join(', ');
};
const why = (...args: Parameters<typeof choose>) =>
  Object.fromEntries(choose(...args).decision.considered.map((one) => [one.route, one.ineligible]));

const world = snapshot();
const dearer = world.prices.rows.filter((row) => row.venue === 'b').map((row) => ({ ...row, tier: 'flex' as const }));
/** b/m-b at its flex tier: cleared, and still dearer than c. */
const flexOfB: Partial<Snapshot> = {
  routes: [...world.routes, route('b', { id: 'b/m-b:flex', tier: 'flex' })],
  prices: { ...world.prices, rows: [...world.prices.rows, ...dearer] },
  useCases: [useCase({ candidates: ['b/m-b:flex', 'c/m-c'], deferrable: { deadlineSeconds: null } })],
  clearances: [clearance('b/m-b:flex'), clearance('c/m-c')],
};

describe('enforce', () => {
  test.each<[string, Partial<Snapshot>, Asked, Partial<LocalView>, string]>([
    [
      'serves the cheapest cleared, then dearer ones, then the baseline',
      {},
      {},
      {},
      'c/m-c cheapest_cleared, b/m-b fallback, a/m-a fallback',
    ],
    [
      'never a route without proof',
      { clearances: [clearance('b/m-b')] },
      {},
      {},
      'b/m-b cheapest_cleared, a/m-a fallback',
    ],
    ['nothing cleared: the baseline, flagged', { clearances: [] }, {}, {}, 'a/m-a nothing_cleared'],
    [
      'expired proof is no proof',
      { clearances: [clearance('c/m-c', { expiresAt: '2026-11-20T12:00:00.000Z' })] },
      {},
      {},
      'a/m-a nothing_cleared',
    ],
    [
      'proof under which nobody has looked for too long is no proof, until somebody looks',
      {
        clearances: [
          clearance('b/m-b', { freshUntil: '2026-11-20T12:00:00.001Z' }),
          clearance('c/m-c', { freshUntil: '2026-11-20T12:00:00.000Z' }),
        ],
      },
      {},
      {},
      'b/m-b cheapest_cleared, a/m-a fallback',
    ],
    [
      'proof of another revision is no proof',
      { clearances: [clearance('c/m-c', { revision: '0' })] },
      {},
      {},
      'a/m-a nothing_cleared',
    ],
    [
      'proof against another baseline is no proof',
      { clearances: [clearance('c/m-c', { baseline: 'b/m-b' })] },
      {},
      {},
      'a/m-a nothing_cleared',
    ],
    [
      'a venue that is down is passed over',
      {},
      {},
      { venueDown: (id) => id === 'c' },
      'b/m-b cheapest_cleared, a/m-a fallback',
    ],
    ['calls with side effects stay on the baseline', {}, { replayable: false }, {}, 'a/m-a not_comparable'],
    [
      'the ramp leaves the rest on the baseline',
      { useCases: [useCase({ rampShare: 0.05 })] },
      { draw: 0.05 },
      {},
      'a/m-a not_ramped',
    ],
    [
      'within the ramp it switches',
      { useCases: [useCase({ rampShare: 0.05 })] },
      { draw: 0.049 },
      {},
      'c/m-c cheapest_cleared, b/m-b fallback, a/m-a fallback',
    ],
    [
      'steering ignores the ramp',
      { useCases: [useCase({ rampShare: 0 })] },
      {},
      { steer: true },
      'c/m-c steered, b/m-b fallback, a/m-a fallback',
    ],
    [
      'a flex tier comes first where an envelope asks for it, dearer than another or not',
      flexOfB,
      {},
      { steer: true, flexFirst: true },
      'b/m-b:flex steered, c/m-c fallback, a/m-a fallback',
    ],
    [
      'and is as any other where none does',
      flexOfB,
      {},
      { steer: true },
      'c/m-c steered, b/m-b:flex fallback, a/m-a fallback',
    ],
    ['another model that proved itself is a pin', {}, { model: 'b/m-b' }, {}, 'b/m-b pinned'],
    ['another model that did not is refused', {}, { model: 'd/m-d' }, {}, 'floor_not_cleared'],
    ['unless the key may pin', {}, { model: 'd/m-d', mayPin: true }, {}, 'd/m-d pinned'],
    ['a call no candidate can express stays', {}, { needs: { capabilities: ['vision'] } }, {}, 'a/m-a nothing_cleared'],
    [
      'venues the caller rules out are passed over',
      {},
      { wishes: { ...noWishes, only: ['a', 'b'] } },
      {},
      'b/m-b cheapest_cleared, a/m-a fallback',
    ],
    ['unclassified calls are never enforced', {}, { unclassified: true }, {}, 'a/m-a requested'],
  ])('%s', (_name, change, asked, local, expected) => expect(served(change, asked, local)).toBe(expected));
});

describe('shadow and off', () => {
  test.each(['shadow', 'off'] as const)('%s serves what was asked for and records the choice beside it', (mode) => {
    const choice = choose({ useCases: [useCase({ mode })] });
    expect('hops' in choice && choice.hops.map((hop) => hop.placed.route.id)).toEqual(['a/m-a']);
    expect(choice.decision).toMatchObject({
      requested: 'a/m-a',
      cheapestCompliant: 'c/m-c',
      expectedSavingPicoUsd: 7_200_000_000n,
    });
  });

  test('what builds on an answer kept at a venue goes there and nowhere else', () => {
    const fallbacks = ['b/m-b'];
    const shadow: Partial<Snapshot> = { useCases: [useCase({ mode: 'shadow', fallbacks })] };
    expect(served(shadow, { stays: true, replayable: false })).toBe('a/m-a requested');
    expect(why(shadow, { stays: true, replayable: false })).toMatchObject({ 'b/m-b': 'pinned_elsewhere' });
    const asked = { model: 'b/m-b', stays: true, replayable: false };
    expect(served({}, asked)).toBe('b/m-b pinned');
    expect(served({ clearances: [] }, asked)).toBe('floor_not_cleared');
    expect(served({}, { stays: true, replayable: false })).toBe('a/m-a not_comparable');
  });

  test('a configured fallback follows, if policy allows it', () => {
    const fallbacks = ['b/m-b', 'd/m-d'];
    expect(served({ useCases: [useCase({ mode: 'shadow', fallbacks })] })).toBe(
      'a/m-a requested, b/m-b fallback, d/m-d fallback',
    );
    const policy = { ...useCase().policy, approvedModels: ['m-a', 'm-d'] };
    expect(served({ useCases: [useCase({ mode: 'shadow', fallbacks, policy })] })).toBe(
      'a/m-a requested, d/m-d fallback',
    );
  });
});

describe('policy', () => {
  const eu = { ...useCase().policy, residency: ['eu'] };
  const abroad = (...ids: string[]) =>
    ['a', 'b', 'c', 'd'].map((id) => venue(id, { jurisdiction: ids.includes(id) ? 'us' : 'eu' }));

  test.each(['off', 'shadow', 'enforce'] as const)('%s: nothing is dialled outside', (mode) => {
    const change = { venues: abroad('a'), useCases: [useCase({ mode, policy: eu })], clearances: [] };
    expect(served(change)).toBe('residency_denied');
  });

  test('a policy for enforce only records in shadow', () => {
    const policy = { ...eu, appliesIn: 'enforce' as const };
    const change = { venues: abroad('a'), useCases: [useCase({ mode: 'shadow', policy })] };
    expect(served(change)).toBe('a/m-a requested');
    expect(why(change)['a/m-a']).toBe('residency');
    expect(served({ ...change, useCases: [useCase({ policy })], clearances: [] })).toBe('residency_denied');
  });

  test('it removes routes from the choice and from the fallbacks', () => {
    const change = { venues: abroad('c'), useCases: [useCase({ policy: eu })] };
    expect(served(change)).toBe('b/m-b cheapest_cleared, a/m-a fallback');
    expect(why(change)['c/m-c']).toBe('residency');
  });

  test('a baseline outside gives way to a cleared route inside, whatever the ramp', () => {
    const change = { venues: abroad('a'), useCases: [useCase({ policy: eu, rampShare: 0 })] };
    expect(served(change)).toBe('c/m-c cheapest_cleared, b/m-b fallback');
  });

  test('it wins over a pin, and unknown satisfies nothing', () => {
    const venues = ['a', 'b', 'c', 'd'].map((id) =>
      venue(id, id === 'd' ? { jurisdiction: null, retention: null } : {}),
    );
    expect(served({ venues, useCases: [useCase({ policy: eu })] }, { model: 'd/m-d', mayPin: true })).toBe(
      'residency_denied',
    );
    const zero = { ...useCase().policy, retentionAtMost: 'full' as const };
    expect(served({ venues, useCases: [useCase({ policy: zero })] }, { model: 'd/m-d', mayPin: true })).toBe(
      'retention_denied',
    );
    const approved = { ...useCase().policy, approvedModels: ['m-a'] };
    expect(served({ useCases: [useCase({ policy: approved })] }, { model: 'b/m-b' })).toBe('model_not_approved');
  });
});

test('every other route says why not', () => {
  const routes = [route('a'), route('b', { capabilities: [] }), route('c', { contextWindow: 1_000 }), route('d')];
  const useCases = [useCase({ candidates: ['b/m-b', 'c/m-c', 'd/m-d'] })];
  expect(why({ routes, useCases }, { needs: { capabilities: ['tools'] } })).toEqual({
    'a/m-a': null,
    'b/m-b': 'cannot_express',
    'c/m-c': 'context',
    'd/m-d': 'unpriced',
  });
  expect(why({ clearances: [] })).toEqual({
    'a/m-a': null,
    'b/m-b': 'floor_not_cleared',
    'c/m-c': 'floor_not_cleared',
  });
});

test('committed capacity is free while on pace to last, at list price ahead of the pace, and never wins unpriced', () => {
  const commitment = Commitment.decode({
    ...{
      id: 'units',
      kind: 'provisioned',
      owner: 'care',
      routes: ['b/m-b'],
      weights: { input_uncached: 1 },
      source: 's',
    },
    ...{ unitsPerPeriod: 60_000, periodHours: 1, periodPicoUsd: '9', from: '2026-11-20T11:30:00.000Z', to: null },
  } as never);
  // Noon is half of the period: 30,000 units are due, and 1,000 more may be used ahead.
  const withUsed = (unitsUsed: bigint): Partial<LocalView> => ({
    capacityOf: ({ route: { id } }) =>
      id === 'b/m-b' ? { commitment, period: { ...periodAt(commitment, noon)!, unitsUsed } } : null,
  });
  expect(served({}, {}, withUsed(30_000n))).toMatch(/^b\/m-b cheapest_cleared/);
  const free = choose({}, {}, withUsed(30_000n)).decision;
  expect(free.considered.map(({ route: id, expectedCostPicoUsd }) => [id, expectedCostPicoUsd])).toEqual([
    ['a/m-a', 7_500_000_000n],
    ['b/m-b', 0n],
    ['c/m-c', 300_000_000n],
  ]);
  expect(served({}, {}, withUsed(31_000n))).toMatch(/^c\/m-c cheapest_cleared/);
  expect(served({}, {}, withUsed(60_000n))).toMatch(/^c\/m-c cheapest_cleared/);
  const unpriced = { ...world.prices, rows: world.prices.rows.filter((row) => row.venue !== 'b') };
  expect(served({ prices: unpriced }, {}, withUsed(0n))).toMatch(/^c\/m-c/);
});

test('a session stays while moving it costs more than it saves', () => {
  const cached = { ...snapshot().prices.rows[2]!, meter: 'cache_read' as const };
  const withCache = (ratePicoUsd: bigint) => ({
    prices: { hash: '0'.repeat(64), rows: [...snapshot().prices.rows, { ...cached, ratePicoUsd }] },
  });
  const long = { needs: { inputTokensExpected: 100_000, maxOutputTokens: 10 } };
  expect(served(withCache(50_000n), long, { lastRoute: 'b/m-b' })).toMatch(/^b\/m-b session/);
  expect(served(withCache(200_000n), long, { lastRoute: 'b/m-b' })).toMatch(/^c\/m-c cheapest_cleared/);
});

test('whatever the world looks like: enforce serves the baseline, a cleared compliant route, or refuses', () => {
  const world = fc.record({
    cleared: fc.subarray(['b/m-b', 'c/m-c']),
    abroad: fc.subarray(['a', 'b', 'c', 'd']),
    down: fc.subarray(['a', 'b', 'c', 'd']),
    residency: fc.boolean(),
    draw: fc.double({ min: 0, max: 0.999, noNaN: true }),
    model: fc.constantFrom('a/m-a', 'b/m-b', 'c/m-c', 'd/m-d'),
    steer: fc.boolean(),
    replayable: fc.boolean(),
  });
  fc.assert(
    fc.property(world, (w) => {
      const policy = { ...useCase().policy, residency: w.residency ? ['eu'] : null };
      const venues = ['a', 'b', 'c', 'd'].map((id) => venue(id, { jurisdiction: w.abroad.includes(id) ? 'us' : 'eu' }));
      const change = {
        venues,
        useCases: [useCase({ policy, rampShare: 0.5 })],
        clearances: w.cleared.map((id) => clearance(id)),
      };
      const choice = choose(change, w, { steer: w.steer, venueDown: (id) => w.down.includes(id) });
      if ('refused' in choice) return;
      for (const { placed } of choice.hops) {
        expect(['a/m-a', ...w.cleared]).toContain(placed.route.id);
        if (w.residency) expect(placed.venue.jurisdiction).toBe('eu');
      }
    }),
    { numRuns: 500 },
  );
});

describe('routes do not flap', () => {
  const ramps = (b: number, c: number): Partial<Snapshot> => ({
    useCases: [useCase({ rampShare: null })],
    clearances: [
      clearance('b/m-b', { enforcement: { rampShare: b, scoredShare: 1, warned: false } }),
      clearance('c/m-c', { enforcement: { rampShare: c, scoredShare: 1, warned: false } }),
    ],
  });

  test.each([
    ['each proof has its own ramp', ramps(1, 0.05), 0.04, 'c/m-c cheapest_cleared, b/m-b fallback, a/m-a fallback'],
    ['what has not climbed far enough is left out', ramps(1, 0.05), 0.06, 'b/m-b cheapest_cleared, a/m-a fallback'],
    ['outside of every ramp the baseline serves', ramps(0.25, 0.05), 0.25, 'a/m-a not_ramped'],
    [
      'an operator’s share stands above both',
      { ...ramps(0.05, 0.05), useCases: [useCase({ rampShare: 1 })] },
      0.9,
      'c/m-c cheapest_cleared, b/m-b fallback, a/m-a fallback',
    ],
  ])('%s', (_, change, draw, expected) => expect(served(change, { draw })).toBe(expected));

  test('a proof that nothing is known of yet starts at 5 %', () => {
    const change = { useCases: [useCase({ rampShare: null })] };
    expect(served(change, { draw: 0.049 })).toContain('c/m-c cheapest_cleared');
    expect(served(change, { draw: 0.05 })).toBe('a/m-a not_ramped');
  });

  /** Prices of b and c within a few percent, so that the cheaper of them depends on how long a turn is. */
  const close = (bInput: bigint, bOutput: bigint): Partial<Snapshot> => ({
    prices: {
      hash: '0'.repeat(64),
      rows: snapshot().prices.rows.map((row) =>
        row.venue === 'b' ? { ...row, ratePicoUsd: row.meter === 'output_text' ? bOutput : bInput } : row,
      ),
    },
  });

  test('a session stays where it was served while a move would save less than a twentieth, whatever its turns are', () => {
    const change = close(103_000n, 390_000n);
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ input: fc.integer({ min: 10, max: 50_000 }), output: fc.integer({ min: 1, max: 4_000 }) }),
          {
            minLength: 2,
            maxLength: 20,
          },
        ),
        (turns) => {
          let lastRoute: string | null = null;
          const routes = turns.map(({ input, output }) => {
            const choice = choose(
              change,
              { needs: { inputTokensExpected: input, maxOutputTokens: output } },
              { lastRoute },
            );
            lastRoute = 'hops' in choice ? (choice.hops[0]?.placed.route.id ?? null) : null;
            return lastRoute;
          });
          expect(new Set(routes).size).toBe(1);
        },
      ),
    );
  });

  test('a move that saves more is made', () =>
    expect(served({}, {}, { lastRoute: 'b/m-b' })).toContain('c/m-c cheapest_cleared'));
});
