import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUsage } from './read-usage.js';

const usageOf = (
  prompt: number,
  completion: number,
  total: number | null,
  inside: object = {},
  outside: object = {},
) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  ...(total === null ? {} : { total_tokens: total }),
  prompt_tokens_details: inside,
  completion_tokens_details: outside,
});

describe('readUsage', () => {
  const table: [string, unknown, object | 'missing' | 'quarantined'][] = [
    ['absent', undefined, 'missing'],
    ['null', null, 'missing'],
    ['explicit zero', usageOf(0, 0, 0), { input_uncached: 0, output_text: 0 }],
    [
      'cached inside the prompt',
      usageOf(2006, 300, 2306, { cached_tokens: 1920 }),
      { input_uncached: 86, cache_read: 1920, output_text: 300 },
    ],
    [
      'cache writes inside the prompt',
      usageOf(100, 1, 101, { cached_tokens: 20, cache_write_tokens: 70 }),
      { input_uncached: 10, cache_read: 20, cache_write_5m: 70, output_text: 1 },
    ],
    [
      'reasoning inside the completion',
      usageOf(10, 50, 60, {}, { reasoning_tokens: 40 }),
      { input_uncached: 10, output_text: 10, reasoning: 40 },
    ],
    [
      'reasoning on top (xAI)',
      usageOf(32, 9, 151, {}, { reasoning_tokens: 110 }),
      { input_uncached: 32, output_text: 9, reasoning: 110 },
    ],
    [
      'audio on both sides',
      usageOf(1000, 500, 1500, { audio_tokens: 600 }, { audio_tokens: 400 }),
      { input_uncached: 400, audio_in: 600, output_text: 100, audio_out: 400 },
    ],
    [
      'images out',
      usageOf(10, 1345, 1355, {}, { image_tokens: 1120, reasoning_tokens: 225 }),
      { input_uncached: 10, output_text: 0, reasoning: 225, image_out: 1120 },
    ],
    ['no total', usageOf(10, 5, null), { input_uncached: 10, output_text: 5 }],
    [
      'DeepSeek hits and misses',
      { ...usageOf(1000, 200, 1200), prompt_cache_hit_tokens: 900, prompt_cache_miss_tokens: 100 },
      { input_uncached: 100, cache_read: 900, output_text: 200 },
    ],
    [
      'details that are null',
      {
        prompt_tokens: 1,
        completion_tokens: 2,
        total_tokens: 3,
        prompt_tokens_details: null,
        completion_tokens_details: null,
      },
      { input_uncached: 1, output_text: 2 },
    ],
    ['more cached than prompt', usageOf(1000, 10, 1010, { cached_tokens: 1200 }), 'quarantined'],
    ['a total that fits no reading', usageOf(32, 9, 200, {}, { reasoning_tokens: 110 }), 'quarantined'],
    ['more reasoning than completion, inside', usageOf(1, 9, 10, {}, { reasoning_tokens: 11 }), 'quarantined'],
    ['a fraction', usageOf(1.5, 2, 3.5), 'quarantined'],
    ['a negative', usageOf(-1, 2, 1), 'quarantined'],
    ['text', { prompt_tokens: '1', completion_tokens: 2 }, 'quarantined'],
    ['null counts', { prompt_tokens: null, completion_tokens: null }, 'quarantined'],
    ['one side only', { prompt_tokens: 3 }, 'quarantined'],
    ['no object', [1, 2], 'quarantined'],
  ];
  it.each(table)('%s', (_, raw, expected) => {
    const usage = readUsage(raw);
    if (typeof expected === 'string') expect([usage.basis, usage.parts]).toEqual([expected, {}]);
    else expect([usage.basis, usage.parts]).toEqual(['reported', expected]);
  });

  it('gives parts that sum to the totals, or none', () => {
    const small = fc.nat(50);
    fc.assert(
      fc.property(
        fc.tuple(small, small, small, small, small, small, small),
        fc.nat(100),
        ([prompt, completion, cached, written, audio, reasoning, spoken], extra) => {
          const total = prompt + completion + (extra % 3 === 0 ? 0 : extra % 3 === 1 ? reasoning : extra);
          const { basis, parts } = readUsage(
            usageOf(
              prompt,
              completion,
              total,
              { cached_tokens: cached, cache_write_tokens: written, audio_tokens: audio },
              { reasoning_tokens: reasoning, audio_tokens: spoken },
            ),
          );
          const sum = Object.values(parts).reduce((a, b) => a + b, 0);
          if (basis === 'reported') expect(sum).toBe(total);
          else expect([basis, sum]).toEqual(['quarantined', 0]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  const path = join(import.meta.dirname, '../../../../../shared/data/money/cost-cases.json');
  if (!existsSync(path)) console.warn(`SKIPPED: the cost cases are not at ${path}`);
  it.skipIf(!existsSync(path))(
    'agrees with the published cost cases of chat venues on what is input and what is output',
    () => {
      interface Line {
        unit: string;
        quantity: string;
      }
      interface CostCase {
        id: string;
        kind: string;
        usage?: Record<string, unknown>;
        expected: { lines?: Line[] };
      }
      const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: CostCase[] };
      let compared = 0;
      for (const { id, kind, usage, expected } of cases) {
        if (
          usage?.prompt_tokens === undefined ||
          usage.completion_tokens === undefined ||
          !expected.lines?.some((line) => line.unit.startsWith('input'))
        )
          continue;
        if (kind !== 'settle') continue;
        compared++;
        const { parts } = readUsage(usage);
        const lines = (test: RegExp) =>
          expected.lines!.filter((line) => test.test(line.unit)).reduce((sum, line) => sum + Number(line.quantity), 0);
        expect([parts.input_uncached, parts.cache_read ?? 0, parts.audio_in ?? 0], id).toEqual([
          lines(/^input(_text)?$/),
          lines(/^cache_read/),
          lines(/^input_audio/),
        ]);
        expect((parts.output_text ?? 0) + (parts.reasoning ?? 0), id).toBe(lines(/^output(_text)?$/));
      }
      expect(compared).toBeGreaterThanOrEqual(10);
    },
  );
});
