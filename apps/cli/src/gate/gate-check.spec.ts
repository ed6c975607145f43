/** `o10 gate check` as it is typed: recorded data gives the published decisions, and what cannot be judged is refused. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { addGateCommands } from './gate-commands.js';

const folder = mkdtempSync(join(tmpdir(), 'o10-gate-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const place = { projectDir: folder, distDir: folder, settings: { LOG_LEVEL: 'info' } };

/** What the command prints. Throws what it throws. */
async function typed(lines: readonly (object | string)[], ...options: string[]): Promise<string> {
  const file = join(folder, 'scores.jsonl');
  writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const program = new Command('o10').exitOverride().configureOutput({ writeErr: () => undefined });
  addGateCommands(program, place);
  await program.parseAsync(['node', 'o10', 'gate', 'check', file, ...options]);
  return printed.join('');
}
const judged = async (lines: readonly (object | string)[], ...options: string[]) =>
  JSON.parse(await typed(lines, ...options, '--json')) as Record<string, unknown>;

const data = join(import.meta.dirname, '../../../../../shared/data');
const recorded = existsSync(join(data, 'traffic/gsm8k'));
if (!recorded) console.warn(`SKIPPED: recorded traffic is not at ${data}`);

interface Decided {
  tag: string;
  n: number;
  delta: number;
  threshold: number;
  first_clear: number | null;
  first_fail: number | null;
  decision: 'clear' | 'fail' | 'undecided';
  final_logE_clear: number;
  final_logE_fail: number;
}

function correctOf(name: string): number[] {
  const file = `${name.replace('@', '_')}.jsonl.gz`;
  const text = gunzipSync(readFileSync(join(data, 'traffic/gsm8k', file))).toString('utf8');
  const rows = text.trim().split('\n');
  return rows.map((line) => ((JSON.parse(line) as { correct: boolean }).correct ? 1 : 0));
}

/** The scores behind a published decision, in the order it was made in. */
function pairsOf(tag: string): { candidate: number; baseline: number }[] {
  if (tag.startsWith('routellm-gsm8k gpt4 -> mixtral')) {
    const text = readFileSync(join(data, 'traffic/gsm8k-pair/gsm8k_pair.jsonl'), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<'contaminated' | 'weak_correct' | 'strong_correct', boolean>)
      .filter(({ contaminated }) => !contaminated)
      .map((row) => ({ candidate: row.weak_correct ? 1 : 0, baseline: row.strong_correct ? 1 : 0 }));
  }
  const [baseline = '', candidate = ''] = tag.replace('zeroeval-gsm ', '').split(' -> ');
  const before = correctOf(baseline);
  return correctOf(candidate).map((score, at) => ({ candidate: score, baseline: before[at]! }));
}

describe.skipIf(!recorded)('decisions on recorded data', () => {
  const decisions = recorded
    ? (
        JSON.parse(readFileSync(join(data, 'gate/grid_eprocess_gate.json'), 'utf8')) as {
          real_data_decisions: Decided[];
        }
      ).real_data_decisions
    : [];

  test('there are as many as were published', () => expect(decisions).toHaveLength(13));

  test.each(decisions)('$tag within $delta at $threshold: $decision', async (decided) => {
    const slots = String(Math.round(decided.threshold * 0.05));
    const found = await judged(
      pairsOf(decided.tag),
      '--noninferior',
      String(decided.delta),
      '--slots',
      slots,
      '--detail',
    );
    expect(found).toMatchObject({
      verdict: { clear: 'cleared', fail: 'failed', undecided: 'undecided' }[decided.decision],
      firstClear: decided.first_clear,
      firstFail: decided.first_fail,
      n: decided.n,
    });
    const [criterion] = found['criteria'] as { lnEvidenceFor: number; lnEvidenceAgainst: number }[];
    expect(Math.abs(criterion!.lnEvidenceFor - decided.final_logE_clear)).toBeLessThan(1e-9);
    expect(Math.abs(criterion!.lnEvidenceAgainst - decided.final_logE_fail)).toBeLessThan(1e-9);
    expect((found['lower'] as number) < (found['upper'] as number)).toBe(true);
  });
});

const good = Array.from({ length: 400 }, (_, at) => ({ score: at % 50 ? 1 : 0.5 }));

test('one score a line is enough for a floor; a stricter level takes longer', async () => {
  const once = await judged(good, '--floor', '0.9');
  expect(once).toMatchObject({ verdict: 'cleared', firstFail: null, n: 400 });
  expect(once['lower']).toBeGreaterThan(0.9);
  const shared = await judged(good, '--floor', '0.9', '--slots', '5');
  const strict = await judged(good, '--floor', '0.9', '--alpha', '0.01');
  expect(shared['firstClear']).toBeGreaterThan(once['firstClear'] as number);
  expect(shared['firstClear']).toBe(strict['firstClear']);
});

test('every claim asked for must hold, and the words say which does not', async () => {
  const pairs = Array.from({ length: 600 }, (_, at) => ({ candidate: at % 8 ? 1 : 0, baseline: 1 }));
  const text = await typed(pairs, '--floor', '0.8', '--noninferior', '0.05', '--regressions', '0.3');
  expect(text).toMatch(/^failed at call \d+ of 600/);
  expect(text).toContain('mean score at least 0.8');
  expect(text).toContain('not worse than the baseline by 0.05');
  expect(text).toContain('regressions in at most 30 % of calls');
});

test('an undecided list says how many more calls it would take; cost and latency are said beside it', async () => {
  const lines = Array.from({ length: 60 }, (_, at) => ({
    candidate: at % 20 ? 1 : 0,
    baseline: 1,
    candidateCostUsd: 0.001 + (at % 3) * 1e-4,
    baselineCostUsd: 0.01,
  }));
  const text = await typed(lines, '--floor', '0.9');
  expect(text).toMatch(/^undecided of 60, α = 0.05\n/);
  expect(text).toMatch(/about \d+ calls would clear it: \d+ more/);
  expect(text).toMatch(/cost: −0.0089 USD a call against the baseline, from/);
  expect(await typed(lines, '--floor', '0.9', '--chart')).toContain('band, and the floor');
});

test('the JSON holds what it promises and nothing else', async () => {
  const found = await judged([{ score: 1 }], '--floor', '0.9');
  expect(Object.keys(found)).toEqual(['verdict', 'firstClear', 'firstFail', 'n', 'lower', 'upper']);
  expect(found).toMatchObject({ verdict: 'undecided', firstClear: null, firstFail: null, n: 1, upper: 1 });
});

test('line ends of Windows, a byte order mark, blank lines and both shapes of line are read', async () => {
  const windows = await judged(['\uFEFF{"score":1}\r', '\r', '{"candidate":0.5,"baseline":1}\r'], '--floor', '0.9');
  expect(windows).toEqual(await judged([{ score: 1 }, { score: 0.5 }], '--floor', '0.9'));
});

test('numbers in any of JSON’s spellings, and fields nobody asked for, change nothing', async () => {
  const told = await judged(
    ['{"id":"a","score":1e0,"tags":[1]}', '{"score":5E-1}', '{"score":-0}', '{"score":1.000}'],
    '--floor',
    '0.9',
  );
  expect(told).toEqual(
    await judged(
      [1, 0.5, 0, 1].map((score) => ({ score })),
      '--floor',
      '0.9',
    ),
  );
});

test('no file is too empty to be refused, and none of a hundred thousand calls too long to be judged', async () => {
  for (const nothing of [[], [''], [' ', '\t', '\uFEFF']])
    await expect(typed(nothing, '--floor', '0.9')).rejects.toThrow(/no scores|not JSON/);
  const long = Array.from({ length: 100_000 }, (_, at) => `{"score":${at % 19 ? 1 : 0}}`);
  expect(await judged(long, '--floor', '0.9')).toMatchObject({ verdict: 'cleared', firstClear: 320, n: 100_000 });
});

describe.skipIf(!recorded)('published sequences', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(data, 'gate', name), 'utf8'));
  const { sequences } = recorded ? read('sequences.json') : { sequences: {} };
  const { cases, confidence_sequence_by_inversion: intervals } = recorded
    ? read('grid_eprocess_gate.json')
    : { cases: [], confidence_sequence_by_inversion: [] };
  const lines = (seq: string, count?: number) => sequences[seq].slice(0, count).map((score: number) => ({ score }));

  test.each(cases as { seq: string; m: number; first_clear: object; first_fail: object }[])(
    '$seq against $m: crossings at every threshold',
    async ({ seq, m, first_clear, first_fail }) => {
      for (const threshold of Object.keys(first_clear)) {
        const slots = String(Number(threshold) / 20);
        const found = await judged(lines(seq), '--floor', String(m), '--slots', slots);
        const at = <Of extends object>(places: Of) => places[threshold as keyof Of];
        expect(found).toMatchObject({ firstClear: at(first_clear), firstFail: at(first_fail) });
      }
    },
  );

  test.each(intervals as { seq: string; alpha: number; t: number; lower: number; upper: number }[])(
    'bounds of $seq after $t',
    async ({ seq, alpha, t, lower, upper }) => {
      const found = await judged(lines(seq, t), '--floor', '0.5', '--alpha', String(alpha));
      expect(Math.abs((found['lower'] as number) - lower)).toBeLessThan(1e-9);
      expect(Math.abs((found['upper'] as number) - upper)).toBeLessThan(1e-9);
    },
  );
});

test('bad lines are refused by number, all of them, and nothing is judged', async () => {
  const bad = [{ score: 1 }, { score: 1.2 }, 'nope', '', { score: null }, { candidate: 1 }, { score: '1' }, '[1]'];
  const error = await typed(bad, '--floor', '0.9').catch((thrown: Error) => thrown.message);
  for (const line of [2, 3, 5, 6, 7, 8]) expect(error).toContain(`\nline ${line}: `);
  expect(error).not.toMatch(/line [14]:/);
  await expect(typed([{ score: 1 }], '--noninferior', '0.1')).rejects.toThrow(/line 1: has "score" alone/);
  await expect(typed([{ score: 1, candidate: 1, baseline: 1 }], '--floor', '0.5')).rejects.toThrow(/which is it/);
  await expect(typed([], '--floor', '0.5')).rejects.toThrow(/no scores/);
  await expect(typed(good)).rejects.toThrow(/--floor, --noninferior or --regressions/);
  await expect(typed(good, '--floor', '1')).rejects.toThrow(/between 0 and 1/);
  await expect(typed(good, '--floor', '0.5', '--slots', '1.5')).rejects.toThrow(/whole number/);
});
