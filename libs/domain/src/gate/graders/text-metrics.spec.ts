/** BLEU, chrF and ROUGE against sacreBLEU's own figures and against a plain dynamic program. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BleuStatistics,
  bleuOf,
  bleuStatistics,
  brevityPenalty,
  characterTokens,
  sentenceBleu,
  tokens13a,
} from './bleu.js';
import { chrfOf, chrfSmoothedOf, chrfStatistics } from './chrf.js';
import type { Overlap } from './ngram-counts.js';
import { rougeL, rougeN } from './rouge.js';

interface Vectors {
  tolerance: number;
  published_unit_tests_chrf_eps_smoothing_true: [string, string, number][];
  cases: (Record<string, number> & { hyp: string; ref: string })[];
  corpus_bleu: number;
  corpus_bleu_precisions: number[];
  corpus_bp: number;
  corpus_chrf2: number;
  rouge: { hyp: string; ref: string; rouge1: Prf; rouge2: Prf; rougeL: Prf }[];
}
interface Prf {
  p: number;
  r: number;
  f: number;
}

const file = join(import.meta.dirname, '../../../../../../shared/data/gate/text_metrics.json');
const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vectors) : null;
if (!vectors) console.warn(`SKIPPED: text metrics are not at ${file}`);

const added = (all: Overlap[][]): Overlap[] =>
  (all[0] ?? []).map((_, order) => ({
    matches: all.reduce((sum, one) => sum + (one[order]?.matches ?? 0), 0),
    hypothesis: all.reduce((sum, one) => sum + (one[order]?.hypothesis ?? 0), 0),
    reference: all.reduce((sum, one) => sum + (one[order]?.reference ?? 0), 0),
  }));

describe.runIf(vectors)('published figures', () => {
  const { cases, rouge, tolerance, ...rest } =
    vectors ?? ({ cases: [], rouge: [], tolerance: 0 } as unknown as Vectors);
  const near = (got: number, wanted: number | undefined) =>
    expect(Math.abs(got - (wanted ?? NaN))).toBeLessThanOrEqual(tolerance);

  test.each(cases)('$hyp', (one) => {
    const { hyp, ref } = one;
    near(sentenceBleu(hyp, ref), one['sentence_bleu_exp_13a']);
    near(bleuOf(bleuStatistics(characterTokens(hyp), characterTokens(ref)), true), one['sentence_bleu_exp_char']);
    near(chrfOf(chrfStatistics(hyp, ref, 0)), one['sentence_chrf2']);
    near(chrfOf(chrfStatistics(hyp, ref, 2)), one['sentence_chrf++']);
    near(chrfSmoothedOf(chrfStatistics(hyp, ref, 0)), one['sentence_chrf2_eps_smoothing']);
  });

  test.each(rest.published_unit_tests_chrf_eps_smoothing_true ?? [])(
    'chrF of the reference implementation: %s',
    (hyp, ref, wanted) => near(chrfSmoothedOf(chrfStatistics(hyp, ref, 0)), wanted),
  );

  test('a corpus adds counts before it divides', () => {
    const all = cases.map(({ hyp, ref }) => bleuStatistics(tokens13a(hyp), tokens13a(ref)));
    const corpus: BleuStatistics = {
      overlaps: added(all.map(({ overlaps }) => overlaps)),
      hypothesisLength: all.reduce((sum, one) => sum + one.hypothesisLength, 0),
      referenceLength: all.reduce((sum, one) => sum + one.referenceLength, 0),
    };
    near(bleuOf(corpus, false), rest.corpus_bleu);
    near(brevityPenalty(corpus.hypothesisLength, corpus.referenceLength), rest.corpus_bp);
    corpus.overlaps.forEach((one, at) => near((100 * one.matches) / one.hypothesis, rest.corpus_bleu_precisions[at]));
    near(chrfOf(added(cases.map(({ hyp, ref }) => chrfStatistics(hyp, ref, 0)))), rest.corpus_chrf2);
  });

  test.each(rouge)('ROUGE of $hyp', ({ hyp, ref, ...wanted }) => {
    for (const [got, { p, r, f }] of [
      [rougeN(hyp, ref, 1), wanted.rouge1],
      [rougeN(hyp, ref, 2), wanted.rouge2],
      [rougeL(hyp, ref), wanted.rougeL],
    ] as const) {
      near(got.precision, p);
      near(got.recall, r);
      near(got.f1, f);
    }
  });
});

test('the longest common subsequence by bits is the one of the table', () => {
  const table = (a: string[], b: string[]): number => {
    const rows = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0));
    for (let i = 1; i <= a.length; i++)
      for (let j = 1; j <= b.length; j++)
        rows[i]![j] = a[i - 1] === b[j - 1] ? rows[i - 1]![j - 1]! + 1 : Math.max(rows[i - 1]![j]!, rows[i]![j - 1]!);
    return rows[a.length]![b.length]!;
  };
  const word = fc.constantFrom('a', 'b', 'c', 'd');
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 90 }),
      fc.array(word, { minLength: 1, maxLength: 90 }),
      (a, b) => {
        expect(rougeL(a.join(' '), b.join(' ')).recall).toBeCloseTo(table(a, b) / b.length, 12);
      },
    ),
    { numRuns: 200 },
  );
});

test('a text against itself is perfect, however long', () => {
  const text = 'one two three four five six seven '.repeat(4_000);
  expect(sentenceBleu(text, text)).toBeCloseTo(100, 9);
  expect(chrfOf(chrfStatistics(text, text, 2))).toBeCloseTo(100, 9);
  expect(rougeL(text, text).f1).toBe(1);
}, 5_000);
