import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallRecord } from '#contracts/call-record.js';
import { Statement } from '#contracts/statement.js';
import type { Meter } from '#contracts/usage.js';
import { priceIndexOf } from '../pricing/price-book.js';
import { counterfactualOf } from './counterfactual.js';
import { Corrections } from '../ledger/correction.js';
import { draftStatement, type StatementInput } from './draft-statement.js';
import { statementDigest } from './statement-digest.js';

const baseline = { venue: 'dear', model: 'large', tier: 'standard' } as const;
const proposed = { venue: 'cheap', model: 'small', tier: 'standard' } as const;
const hash = 'ab'.repeat(32);
const rates: [typeof baseline | typeof proposed, Meter, bigint][] = [
  [baseline, 'input_uncached', 10n],
  [baseline, 'cache_read', 1n],
  [baseline, 'output_text', 50n],
  [proposed, 'input_uncached', 2n],
  [proposed, 'output_text', 5n],
  [proposed, 'requests', 7n],
];
const index = priceIndexOf({
  hash,
  rows: rates.map(([route, meter, ratePicoUsd]) => ({
    ...route,
    meter,
    ratePicoUsd,
    validFrom: '2026-01-01T00:00:00Z',
    source: 'made up',
  })),
});
const noon = '2026-11-20T12:00:00.000Z';

const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;

/** A served shadow call of 100 tokens in and 10 out: 1,500 pico-USD on the baseline, 257 on the proposed route. */
function call(number: number, change: Partial<CallRecord> = {}): CallRecord {
  return {
    schema: 'o10.call.v1',
    kind: 'call',
    callId: idOf(number),
    attemptId: idOf(number),
    attempt: 0,
    final: true,
    organisation: 'acme',
    team: null,
    useCase: 'support',
    key: null,
    mode: 'shadow',
    protocol: 'openai-chat',
    stream: false,
    snapshot: 1,
    admittedAt: noon,
    endedAt: noon,
    requestedModel: 'large',
    route: 'dear/large',
    venue: 'dear',
    jurisdiction: null,
    tier: 'standard',
    servedModel: 'large',
    outcome: 'served',
    refusal: null,
    status: 200,
    decision: {
      requested: 'dear/large',
      baseline: 'dear/large',
      cheapestCompliant: null,
      expectedSavingPicoUsd: null,
      reason: 'requested',
      considered: [
        { route: 'dear/large', ineligible: null, expectedCostPicoUsd: 1n },
        { route: 'cheap/small', ineligible: 'floor_not_cleared', expectedCostPicoUsd: 1n },
      ],
    },
    envelopes: [],
    wouldRefuse: [],
    heldNanoUsd: 0n,
    costBasis: 'reported',
    costPicoUsd: 1_500n,
    chargePicoUsd: 1_500n,
    priceBook: hash,
    lines: [],
    usage: { basis: 'reported', parts: { input_uncached: 100, output_text: 10 } },
    replayOf: null,
    line: null,
    latencyMs: null,
    firstByteMs: null,
    overheadMs: null,
    requestDigest: null,
    answerDigest: null,
    cluster: null,
    ...change,
  };
}
const drawn = (number: number, probability = 1): Partial<CallRecord> => ({
  line: { gate: hash, position: number, probability },
});
const replay = (number: number, of: number, costPicoUsd: bigint, change: Partial<CallRecord> = {}) =>
  call(number, {
    kind: 'shadow_replay',
    replayOf: idOf(of),
    route: 'cheap/small',
    venue: 'cheap',
    decision: null,
    costPicoUsd,
    ...change,
  });

const draft = (records: CallRecord[], change: Partial<StatementInput> = {}) =>
  draftStatement({
    records,
    organisation: 'acme',
    useCase: 'support',
    mode: 'shadow',
    baseline,
    proposed,
    priceBooks: new Map([[hash, index]]),
    confidence: 0.95,
    corrections: null,
    ...change,
  });

test('a census: what was measured is what is claimed, net of every replay and judgement', () => {
  const records = [
    call(1, drawn(1)),
    call(2, drawn(2)),
    replay(11, 1, 300n),
    replay(12, 2, 2_000n),
    replay(13, 1, 4_000n, { route: 'other/small' }),
    replay(14, 2, 5n, { outcome: 'fault', costBasis: 'estimated' }),
    call(15, { kind: 'judge', replayOf: idOf(1), costPicoUsd: 9n, route: 'judge/large', decision: null }),
  ];
  const { figures, unmeasuredCalls } = draft(records);
  const evaluation = 300n + 2_000n + 4_000n + 5n + 9n;
  const measured = 1_500n - 300n + (1_500n - 2_000n);
  expect(figures).toEqual({
    priceBooks: [hash],
    calls: 2,
    excluded: {},
    actualPicoUsd: 3_000n,
    estimatedSavingPicoUsd: 2n * (1_500n - 257n),
    measuredSavingPicoUsd: measured,
    measuredCalls: 2,
    savingLowerPicoUsd: measured,
    savingUpperPicoUsd: measured,
    confidence: 0.95,
    evaluationCostPicoUsd: evaluation,
    netPicoUsd: measured - evaluation,
    verifiedPicoUsd: measured - evaluation,
  });
  expect(unmeasuredCalls).toBe(0);
});

test('nothing cleared: no claim, and evaluation is still paid for', () => {
  const { figures } = draft([call(1, drawn(1)), call(2), replay(11, 1, 300n)], { proposed: null });
  expect(figures).toMatchObject({ calls: 2, actualPicoUsd: 3_000n, estimatedSavingPicoUsd: 0n, measuredCalls: 0 });
  expect(figures).toMatchObject({
    savingLowerPicoUsd: 0n,
    savingUpperPicoUsd: 0n,
    netPicoUsd: -300n,
    verifiedPicoUsd: -300n,
  });
});

test('a dearer proposed route is a negative saving, and stays one', () => {
  const records = Array.from({ length: 40 }, (_, at) => [call(at, drawn(at + 1)), replay(100 + at, at, 4_000n)]).flat();
  const { figures } = draft(records);
  expect(figures.netPicoUsd).toBe(40n * (1_500n - 4_000n) - 40n * 4_000n);
  expect(figures.verifiedPicoUsd).toBe(figures.netPicoUsd);
  const dear = draft(Array.from({ length: 40 }, (_, at) => call(at, { costPicoUsd: 100n })));
  expect(dear.figures.estimatedSavingPicoUsd).toBe(40n * (100n - 257n));
  expect(dear.figures.verifiedPicoUsd < 0n).toBe(true);
});

const considered = (ineligible: 'residency' | 'not_replayable') => ({
  decision: { ...call(0).decision!, considered: [{ route: 'cheap/small', ineligible, expectedCostPicoUsd: null }] },
});

test.each<[string, Partial<CallRecord>]>([
  ['refused', { outcome: 'refused', costBasis: 'none' }],
  ['fault', { outcome: 'fault', costBasis: 'none' }],
  ['client_gone', { outcome: 'client_gone' }],
  ['truncated', { outcome: 'truncated', costBasis: 'estimated' }],
  ['other_mode', { mode: 'off' }],
  ['quarantined', { costBasis: 'estimated', usage: { basis: 'quarantined', parts: {} } }],
  ['estimated', { costBasis: 'estimated', usage: { basis: 'missing', parts: {} } }],
  ['unpriced', { costBasis: 'unpriced' }],
  ['nothing_bought', { costBasis: 'none' }],
  ['undecided', { decision: null }],
  ['other_model', { decision: { ...call(0).decision!, requested: 'dear/huge' } }],
  ['other_route', { route: 'dear/fallback' }],
  ['not_considered', { decision: { ...call(0).decision!, considered: [] } }],
  ['ineligible', considered('residency')],
  ['ineligible', considered('not_replayable')],
  ['comparison_unpriced', { usage: { basis: 'reported', parts: { audio_in: 3 } } }],
  ['hold_expiry', { kind: 'hold_expiry', costBasis: 'estimated', outcome: 'fault' }],
])('left out and counted: %s', (reason, change) => {
  const { figures } = draft([
    call(1),
    call(2, { ...drawn(1), ...change }),
    call(3, { final: false, outcome: 'fault' }),
  ]);
  expect(figures).toMatchObject({
    calls: 1,
    actualPicoUsd: 1_500n,
    excluded: { [reason]: 1 },
    evaluationCostPicoUsd: 0n,
  });
});

test('evaluation that cannot be summed is not passed over in silence', () => {
  const expired = call(11, { kind: 'hold_expiry', replayOf: idOf(1), costBasis: 'estimated', costPicoUsd: 800n });
  const { figures } = draft([call(1), expired, replay(12, 1, 0n, { costBasis: 'unpriced' })]);
  expect(figures).toMatchObject({
    excluded: { evaluation_unpriced: 1 },
    evaluationCostPicoUsd: 800n,
    measuredCalls: 0,
  });
});

test('a call that was drawn and never replayed lowers the bound, not the estimate', () => {
  const { figures, unmeasuredCalls } = draft([call(1, drawn(1)), call(2, drawn(2)), replay(11, 1, 257n)]);
  expect(unmeasuredCalls).toBe(1);
  expect(figures.netPicoUsd).toBe(2n * 1_243n - 257n);
  expect(figures.savingLowerPicoUsd).toBe(1_243n);
});

test.each<[string, bigint | null, CallRecord[]]>([
  ['two replays: the dearer', 400n, [replay(11, 1, 400n), replay(12, 1, 300n)]],
  ['two replays, the other way round', 400n, [replay(11, 1, 300n), replay(12, 1, 400n)]],
  ['served, but booked at its ceiling', null, [replay(11, 1, 400n, { costBasis: 'estimated' })]],
  ['served, but by an attempt that was not the last', null, [replay(11, 1, 400n, { final: false })]],
  ['broken off', null, [replay(11, 1, 400n, { outcome: 'truncated' })]],
  ['of another call', null, [replay(11, 7, 400n)]],
])('what measures a call: %s', (_, cost, replays) => {
  const { figures } = draft([call(1, drawn(1)), ...replays]);
  expect(figures.measuredCalls).toBe(cost === null ? 0 : 1);
  expect(figures.measuredSavingPicoUsd).toBe(cost === null ? 0n : 1_500n - cost);
});

test.each([
  ['of another use case', [call(1, { useCase: 'sales' })], /belongs to acme\/sales/],
  ['of another organisation', [call(1, { organisation: 'rival' })], /belongs to rival/],
  ['that ends twice', [call(1, drawn(1)), call(1, drawn(1))], /ends twice/],
  ['without its price book', [call(1, { priceBook: 'cd'.repeat(32) })], /was not given/],
])('a record %s is a bug of the caller', (_, records, message) => expect(() => draft(records)).toThrow(message));

test('enforce: modelled against the baseline, and nothing verified before it is measured', () => {
  const served = { mode: 'enforce', route: 'cheap/small', costPicoUsd: 257n } as const;
  const { figures, unmeasuredCalls } = draft([call(1, { ...served, ...drawn(1) }), call(2, { mode: 'enforce' })], {
    mode: 'enforce',
  });
  expect(figures).toMatchObject({ calls: 2, actualPicoUsd: 1_757n, estimatedSavingPicoUsd: 1_243n, measuredCalls: 0 });
  expect(unmeasuredCalls).toBe(0);
  expect(figures.verifiedPicoUsd <= 0n).toBe(true);
});

test.each([
  [
    'cached input is plain input where no cache is sold',
    { input_uncached: 20, cache_read: 70, cache_write_1h: 10, output_text: 1 },
    proposed,
    100n * 2n + 5n + 7n,
  ],
  ['a cache rate is used where there is one', { input_uncached: 30, cache_read: 70 }, baseline, 300n + 70n],
  ['another route’s fee per request is not taken along', { input_uncached: 1, requests: 1 }, baseline, 10n],
  ['no price, no figure', { image_in: 1 }, baseline, null],
])('the counterfactual: %s', (_, parts, route, cost) => {
  expect(counterfactualOf({ basis: 'reported', parts }, index, route, Date.parse(noon))).toBe(cost);
});

const anyCall = fc.record({
  probability: fc.constantFrom(null, 1, 0.5, 0.25),
  input: fc.nat({ max: 10_000 }),
  output: fc.nat({ max: 1_000 }),
  replayCost: fc.option(fc.bigInt({ min: 0n, max: 10_000n })),
  outcome: fc.constantFrom('served', 'served', 'served', 'refused'),
});

/** One group per call: the call and what evaluated it. */
const anyGroups = fc.array(anyCall, { maxLength: 60 }).map((calls) =>
  calls.map(({ probability, input, output, replayCost, outcome }, at) => {
    const costPicoUsd = BigInt(input) * 10n + BigInt(output) * 50n;
    const usage = { basis: 'reported', parts: { input_uncached: input, output_text: output } } as const;
    const live = call(at, { ...(probability === null ? {} : drawn(at + 1, probability)), outcome, costPicoUsd, usage });
    return replayCost === null ? [live] : [live, replay(1_000 + at, at, replayCost)];
  }),
);

test('the order of records does not matter', () => {
  fc.assert(
    fc.property(anyGroups, fc.infiniteStream(fc.nat()), (groups, keys) => {
      const shuffled = groups.flat().map((record) => ({ record, key: keys.next().value as number }));
      shuffled.sort((one, other) => one.key - other.key);
      expect(draft(shuffled.map(({ record }) => record))).toEqual(draft(groups.flat()));
    }),
  );
});

test('what is summed over a range is the sum over its parts', () => {
  fc.assert(
    fc.property(anyGroups, fc.nat({ max: 60 }), (groups, cut) => {
      const [whole, first, second] = [groups, groups.slice(0, cut), groups.slice(cut)].map(
        (part) => draft(part.flat()).figures,
      );
      for (const field of [
        'actualPicoUsd',
        'estimatedSavingPicoUsd',
        'measuredSavingPicoUsd',
        'evaluationCostPicoUsd',
      ] as const)
        expect(first![field] + second![field]).toBe(whole![field]);
      for (const field of ['calls', 'measuredCalls'] as const)
        expect(first![field] + second![field]).toBe(whole![field]);
      expect((first!.excluded.refused ?? 0) + (second!.excluded.refused ?? 0)).toBe(whole!.excluded.refused ?? 0);
      expect(whole!.verifiedPicoUsd <= whole!.netPicoUsd).toBe(true);
    }),
  );
});

describe('enforce: the paired canary measures', () => {
  /** Served by the cheap route for 257 pico-USD, where its usage would have cost 1,500 on the baseline. */
  const enforcedCall = (number: number, paired?: number | null) =>
    call(number, {
      mode: 'enforce',
      route: 'cheap/small',
      venue: 'cheap',
      costPicoUsd: 257n,
      line:
        paired === undefined
          ? null
          : { gate: hash, position: number, probability: 0.5, canary: { verdict: idOf(900), paired } },
    });
  const pair = (number: number, of: number, costPicoUsd: bigint) =>
    replay(number, of, costPicoUsd, { mode: 'enforce', route: 'dear/large', venue: 'dear' });
  const enforced = (records: CallRecord[], change: Partial<StatementInput> = {}) =>
    draft(records, { mode: 'enforce', ...change });

  test('S = Σ(b̂ − a) + Σ(b − b̂)/ρ, whatever is proposed', () => {
    const records = [enforcedCall(1, 0.25), enforcedCall(2), enforcedCall(3, null), pair(11, 1, 1_700n)];
    for (const change of [{}, { proposed: null }]) {
      const { figures, unmeasuredCalls } = enforced(records, change);
      expect(figures).toMatchObject({
        calls: 3,
        estimatedSavingPicoUsd: 3n * 1_243n,
        measuredSavingPicoUsd: 1_700n - 257n,
        measuredCalls: 1,
        evaluationCostPicoUsd: 1_700n,
        netPicoUsd: 3n * 1_243n + (1_700n - 1_500n) * 4n - 1_700n,
      });
      expect(unmeasuredCalls).toBe(0);
    }
  });

  test('a canary that is only graded, and a replay on a candidate, measure nothing', () => {
    const { figures, unmeasuredCalls } = enforced([enforcedCall(1, null), replay(11, 1, 9n, { mode: 'enforce' })]);
    expect([figures.measuredCalls, figures.evaluationCostPicoUsd, unmeasuredCalls]).toEqual([0, 9n, 0]);
  });

  test('drawn for a pair that never came: no saving in the lower bound', () => {
    const { figures, unmeasuredCalls } = enforced([enforcedCall(1, 1)]);
    expect([figures.netPicoUsd, unmeasuredCalls]).toEqual([1_243n, 1]);
    expect(figures.verifiedPicoUsd <= 0n).toBe(true);
  });

  test('every call a pair: a census, verified to the digit, and asked twice the cheaper answer counts', () => {
    const records = [
      enforcedCall(1, 1),
      enforcedCall(2, 1),
      pair(11, 1, 1_400n),
      pair(12, 2, 2_000n),
      pair(13, 2, 1_900n),
    ];
    const { figures } = enforced(records);
    expect(figures.verifiedPicoUsd).toBe(1_400n + 1_900n - 2n * 257n - (1_400n + 2_000n + 1_900n));
  });
});

test('figures are a statement on the wire; its digest covers all but the state', () => {
  const statement = Statement.encode({
    ...draft([call(1, drawn(1)), replay(11, 1, 300n)]).figures,
    id: idOf(99),
    organisation: 'acme',
    useCase: 'support',
    mode: 'shadow',
    state: 'draft',
    author: 'a@acme.example',
    createdAt: noon,
    fromIndex: 0,
    toIndex: 2,
    periodStart: noon,
    periodEnd: noon,
    baseline: 'dear/large',
    proposed: 'cheap/small',
    verdicts: [],
    overrides: [],
  });
  const digest = statementDigest(statement);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(statementDigest({ ...statement, state: 'signed' })).toBe(digest);
  const reordered = Object.fromEntries(Object.entries(statement).toReversed()) as typeof statement;
  expect(statementDigest(reordered)).toBe(digest);
  for (const change of [
    { verifiedPicoUsd: '1' },
    { author: 'b@acme.example' },
    { toIndex: 3 },
    { excluded: { refused: 1 } },
  ])
    expect(statementDigest({ ...statement, ...change })).not.toBe(digest);
});

/** `moved` pico-USD by attempt, one line each. */
function corrected(...moved: [attempt: number, picoUsd: bigint][]): Corrections {
  const corrections = new Corrections();
  for (const [number, picoUsd] of moved)
    corrections.add({
      kind: 'adjustment',
      body: {
        ...{ attemptId: idOf(number), callId: idOf(number), useCase: 'support', envelopes: [], reason: 'report' },
        ...{ differencePicoUsd: String(picoUsd), differenceNanoUsd: '0' },
      },
    });
  return corrections;
}

test('corrections are in the figures of what they correct, and counted; what is left out they do not bring in', () => {
  const records = [call(1, drawn(1)), replay(11, 1, 257n), call(2), call(3, { outcome: 'fault' })];
  const corrections = corrected([1, -500n], [11, 43n], [3, 9_000n], [99, 1n]);
  const { figures } = draft(records, { corrections });
  const before = draft(records).figures;
  expect(figures).toMatchObject({
    ...{ calls: 2, actualPicoUsd: before.actualPicoUsd - 500n, evaluationCostPicoUsd: 300n },
    ...{ measuredSavingPicoUsd: 1_000n - 300n, estimatedSavingPicoUsd: before.estimatedSavingPicoUsd - 500n },
    corrections: { lines: 2, differencePicoUsd: -457n },
  });
  expect([before.corrections, before.fullyLoaded]).toEqual([undefined, undefined]);
});

test('fully loaded: its share of capacity, attempts that came to nothing and evaluation stand beside what calls cost', () => {
  const capacity = { commitment: 'units', period: noon, units: 140, unitsCovered: 140, sharePicoUsd: 900n };
  const failed = { kind: 'attempt', final: false, attempt: 1, outcome: 'fault', costBasis: 'estimated' } as const;
  const records = [
    call(1, { attempt: 2, callId: idOf(50), capacity }),
    call(2, { ...failed, callId: idOf(50), costPicoUsd: 40n }),
    call(3, { ...failed, callId: idOf(51), costPicoUsd: 7_000n }),
    call(4, { attempt: 2, callId: idOf(51), outcome: 'fault' }),
    replay(11, 1, 257n),
  ];
  const { figures } = draft(records, { corrections: corrected([2, 2n]) });
  expect(figures).toMatchObject({
    actualPicoUsd: 1_500n,
    fullyLoaded: { capacityPicoUsd: 900n, failedAttemptsPicoUsd: 42n, totalPicoUsd: 1_500n + 900n + 42n + 257n },
  });
});
