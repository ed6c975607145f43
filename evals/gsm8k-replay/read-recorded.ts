/** Reads the recorded requests, answers and published results where they lie. Nothing of them is copied into the project. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

const Question = z.object({ id: z.string(), prompt: z.string(), answer: z.string().startsWith('# ') });
const Answered = z.object({ id: z.string(), output: z.string() });
const Published = z.object({ Model: z.string(), Acc: z.string(), Total: z.number() });
const Decided = z.object({
  tag: z.string(),
  n: z.number(),
  delta: z.number(),
  threshold: z.number(),
  first_clear: z.number().nullable(),
  first_fail: z.number().nullable(),
  decision: z.enum(['clear', 'fail', 'undecided']),
  final_logE_clear: z.number(),
  final_logE_fail: z.number(),
});

export interface RecordedQuestion {
  id: string;
  prompt: string;
  /** The reference answer, as the suite holds it. */
  expected: string;
}

/** What the gate must decide about a pair of recordings, computed by others from the same answers. */
export interface DecidedPair extends z.output<typeof Decided> {
  /** Names of the recordings' files. */
  baseline: string;
  candidate: string;
}

export interface Recorded {
  /** Folder of the traffic. */
  folder: string;
  /** In file order. */
  questions: RecordedQuestion[];
  /** Accuracy in percent, with two decimals, by published name. */
  published: Map<string, string>;
  decided: DecidedPair[];
  /** In the questions' order. */
  answersOf: (file: string) => string[];
}

export class RecordedMissing extends Error {}

const decidedTag = 'zeroeval-gsm ';

/** `data` holds `traffic/gsm8k` and `gate`. Throws `RecordedMissing` where it does not. */
export function readRecorded(data: string): Recorded {
  const folder = join(data, 'traffic/gsm8k');
  const decisions = join(data, 'gate/grid_eprocess_gate.json');
  for (const path of [folder, decisions]) if (!existsSync(path)) throw new RecordedMissing(path);
  const questions = lines(folder, 'questions').map((line) => {
    const { id, prompt, answer } = Question.parse(line);
    return { id, prompt, expected: answer.slice('# '.length) };
  });
  const summary = z.array(Published).parse(json(join(folder, 'published-summary.json')));
  const { real_data_decisions: rows } = z
    .object({ real_data_decisions: z.array(z.looseObject({ tag: z.string() })) })
    .parse(json(decisions));
  return {
    folder,
    questions,
    published: new Map(summary.map((row) => [row.Model, row.Acc])),
    decided: rows.filter(({ tag }) => tag.startsWith(decidedTag)).map((row) => pairOf(Decided.parse(row))),
    answersOf: (file) => answersInOrder(folder, file, questions),
  };
}

/** `zeroeval-gsm model@venue -> model@venue`; files are named with an underscore for the at sign. */
function pairOf(row: z.output<typeof Decided>): DecidedPair {
  const [baseline = '', candidate = ''] = row.tag
    .slice(decidedTag.length)
    .split(' -> ')
    .map((name) => name.replace('@', '_'));
  return { ...row, baseline, candidate };
}

function answersInOrder(folder: string, file: string, questions: RecordedQuestion[]): string[] {
  const byId = new Map(
    lines(folder, file)
      .map((line) => Answered.parse(line))
      .map(({ id, output }) => [id, output]),
  );
  return questions.map(({ id }) => {
    const output = byId.get(id);
    if (output === undefined) throw new Error(`${file} has no answer to ${id}`);
    return output;
  });
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const lines = (folder: string, file: string): unknown[] =>
  gunzipSync(readFileSync(join(folder, `${file}.jsonl.gz`)))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
