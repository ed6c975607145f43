/**
 * The published bills, the same bills falsified in every way a bill can be wrong, and bills of formats and fees that the
 * published ones do not show.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Bill, bill, held, settled } from './bills.spec-data.js';
import { spellCostReport, verifyCosts } from './verify-costs.js';

const path = new URL('../../../../../shared/data/money/cost-cases.json', import.meta.url);
const text = existsSync(path) ? readFileSync(path, 'utf8') : '{"cases":[]}';
const published = (JSON.parse(text) as { cases: Bill[] }).cases;
if (published.length === 0) console.warn('cost-cases.json IS NOT HERE: no published bill was checked');

const verified = (...cases: Bill[]) => verifyCosts(JSON.stringify({ cases }));

describe.skipIf(published.length === 0)('the published bills', () => {
  test('are exact to the pico-dollar, and what must be rejected is', () => {
    const report = verifyCosts(text);
    console.info(spellCostReport(report));
    expect(report.mismatches).toEqual([]);
    expect(report.exact).toBe(published.length);
    expect(Object.keys(report.rejected)).toHaveLength(published.filter((one) => one.kind === 'reject').length);
  });

  const priced = published.filter((one) => one.kind !== 'reject');
  test.each(priced.map((one) => [one.id, one] as const))('%s: one pico-dollar more is seen', (_, one) => {
    const totalPicoUsd = String(BigInt(one.expected.totalPicoUsd as string) + 1n);
    expect(verified({ ...one, expected: { ...one.expected, totalPicoUsd } }).ok).toBe(false);
  });

  // Where the venue states the cost, or sells by the picture, other counts have no price.
  const byOthers = ['orr-01-byok', 'img-01-per-pixel'];
  const counted = priced.filter((one) => one.kind === 'settle' && !byOthers.includes(one.id));
  test.each(counted.map((one) => [one.id, one] as const))('%s: any changed count or price is seen', (_, one) => {
    for (const usage of variations(one.usage)) {
      expect(verified({ ...one, usage }).ok, JSON.stringify(usage)).toBe(false);
    }
    const lines = one.expected.lines as { rateUsd: string }[];
    for (const [at, line] of lines.entries()) {
      const dearer = lines.map((each, other) => (at === other ? { ...each, rateUsd: `${line.rateUsd}7` } : each));
      const edited = line.rateUsd.includes('.') ? dearer : [];
      if (edited.length > 0) expect(verified({ ...one, expected: { ...one.expected, lines: edited } }).ok).toBe(false);
    }
  });

  test.each(counted.map((one) => [one.id, one] as const))('%s: asked to reject it, it would be settled', (_, one) => {
    const reject = { ...one, id: 'reject', kind: 'reject', expected: { status: 'quarantine' } };
    expect(verified(one, reject).mismatches.map(({ id }) => id)).toEqual(['reject']);
  });
});

/** Names whose change must change a price: counts of what was bought, not what somebody says besides. */
const priceless =
  /total|_details?$|text_tokens|^type$|is_byok|hours|speech|_cache_miss|ephemeral|reasoning|thoughts|image_tokens/i;

/** The usage with one count ten percent and one higher, each in turn. */
function* variations(usage: unknown): Generator {
  if (typeof usage !== 'object' || usage === null) return;
  for (const [name, value] of Object.entries(usage)) {
    if (priceless.test(name)) continue;
    const copy = (changed: unknown) =>
      Array.isArray(usage)
        ? usage.map((one, at) => (String(at) === name ? changed : one))
        : { ...usage, [name]: changed };
    if (typeof value === 'number' && value > 0) yield copy(value * 2 + 1);
    for (const inner of variations(value)) yield copy(inner);
  }
}

test.each(settled)('%s', (_, one) => expect(verified(one).mismatches).toEqual([]));
test.each(settled)('and not a pico-dollar less: %s', (_, one) => {
  const totalPicoUsd = String(BigInt(one.expected.totalPicoUsd as string) - 1n);
  expect(verified({ ...one, expected: { ...one.expected, totalPicoUsd } }).ok).toBe(false);
});

test.each(held)('holds %s', (_, one) => expect(verified(one).mismatches).toEqual([]));

test('an idle hour is a charge of its own', () => {
  const usage = { hourRateUsd: '39.6', capacityUsedShare: '0.75' };
  const idle = bill('aws-bedrock', usage, 'idle 0.25 × 39.6 / 1', '9900000000000', { kind: 'standing' });
  expect(verified(idle).mismatches).toEqual([]);
});

const rejected: [string, unknown][] = [
  ['cached above prompt', { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 11 } }],
  ['a negative count', { prompt_tokens: -1, completion_tokens: 1 }],
  ['a fraction of a token', { input_tokens: 1.5, output_tokens: 1 }],
  [
    'hits and misses that are not the prompt',
    { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 3, prompt_cache_miss_tokens: 3 },
  ],
  [
    'a split of writes that is not their number',
    {
      input_tokens: 1,
      output_tokens: 1,
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 3 },
    },
  ],
  [
    'a Gemini total of nothing',
    { usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 99 } },
  ],
  ['no usage', null],
];
test.each(rejected)('rejects %s, though the model has a price', (_, usage) => {
  const known = bill('openai', { prompt_tokens: 1, completion_tokens: 1 }, 'input 1 × 1, output 1 × 1', '2000000');
  const reject: Bill = { ...known, id: 'reject', kind: 'reject', usage, expected: { status: 'quarantine' } };
  const report = verified(known, reject);
  expect(report.mismatches).toEqual([]);
  expect(report.rejected.reject).toMatch(/does not add up|no usage/);
});

test.each([
  ['no JSON', 'cases', /JSON/],
  ['another file', '{"prices":[]}', /no file of bills/],
  ['no cases', '{"cases":[]}', /no cases/],
])('%s is refused with the reason', (_, file, reason) => expect(() => verifyCosts(file)).toThrow(reason));

test('a unit nobody has a meter for, and a case that is none, are mismatches with the reason', () => {
  const odd = bill('openai', { prompt_tokens: 1, completion_tokens: 1 }, 'sunbeams 1 × 1', '1000000');
  const report = verified(odd, { id: 'half', kind: 'settle' } as Bill);
  expect(report.mismatches.map(({ what }) => what.join(' '))).toEqual([
    expect.stringContaining('no meter for the unit sunbeams'),
    expect.stringContaining('provider'),
  ]);
});

test('a bill that cannot be read gives no price to a reject of the same model', () => {
  const odd = bill('openai', { prompt_tokens: 1, completion_tokens: 1 }, 'sunbeams 1 × 1', '1000000');
  const reject: Bill = { ...odd, id: 'reject', kind: 'reject', expected: { status: 'quarantine' } };
  expect(verified(odd, reject).rejected).toEqual({ reject: 'no price is known' });
});
