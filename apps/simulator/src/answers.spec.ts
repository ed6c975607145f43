import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.js';
import { answerBySkill, Knowledge } from './knowledge.js';
import { Recordings } from './recordings.js';
import { startSimulator } from './start-simulator.js';

const known = { right: 'yes', wrong: ['no', 'maybe', 'never'] };
const questions = Array.from({ length: 4000 }, (_, index) => `question ${index}`);
const answers = (seed: string, model: string, accuracy: number) =>
  questions.map((question) => answerBySkill(known, { seed, model, question, accuracy }));
const share = (list: string[], value: string) => list.filter((one) => one === value).length / list.length;

describe('skill', () => {
  test('the same seed answers the same; another seed or model differently', () => {
    const once = answers('one', 'large', 0.5);
    expect(answers('one', 'large', 0.5)).toEqual(once);
    expect(answers('two', 'large', 0.5)).not.toEqual(once);
    expect(answers('one', 'small', 0.5)).not.toEqual(once);
  });

  test.each([0, 0.6, 0.93, 1])('is right on a share of %d, within 4 standard errors', (accuracy) => {
    const deviation = 4 * Math.sqrt((accuracy * (1 - accuracy)) / questions.length);
    expect(Math.abs(share(answers('seed', 'model', accuracy), 'yes') - accuracy)).toBeLessThanOrEqual(deviation);
  });

  test('every wrong answer is given, and a better model keeps what a worse one got right', () => {
    const worse = answers('seed', 'model', 0.4);
    for (const wrong of known.wrong) expect(share(worse, wrong)).toBeGreaterThan(0.15);
    const better = answers('seed', 'model', 0.8);
    expect(worse.every((answer, index) => answer !== 'yes' || better[index] === 'yes')).toBe(true);
  });
});

describe('knowledge', () => {
  const pair = (right: string) => ({ right, wrong: ['no'] });
  const knowledge = new Knowledge(
    parseConfig({
      seed: 1,
      venues: [{ id: 'v', apiKey: 'k', models: [fixedModel()] }],
      knowledge: [
        { match: { contains: 'tax' }, answers: pair('part') },
        { match: 'What is tax?', answers: pair('exact') },
        { match: { regex: '^ticket \\d+', flags: 'i' }, answers: { triage: pair('triage'), '*': pair('any') } },
        { match: 'only here', answers: { triage: pair('triage') } },
      ],
    }).knowledge,
  );

  test.each([
    ['What is tax?', null, 'exact'],
    ['my tax return', null, 'part'],
    ['TICKET 7', 'triage', 'triage'],
    ['TICKET 7', 'summaries', 'any'],
    ['TICKET 7', 'constructor', 'any'],
    ['only here', null, null],
    ['nothing known', null, null],
  ])('%s for use case %s', (question, useCase, right) => {
    expect(knowledge.find(question, useCase)?.right ?? null).toBe(right);
  });
});

describe('recordings', () => {
  const recorded = (file: string, field?: string) => ({
    id: file,
    answer: { kind: 'recorded' as const, file, field },
    prices: { inputPerMillion: '1', outputPerMillion: '1' },
  });
  const config = (folder: string, models: ReturnType<typeof recorded>[], questionsFile: string) =>
    parseConfig({
      seed: 1,
      venues: [{ id: 'v', apiKey: 'k', models }],
      recordings: { folder, questions: questionsFile },
    });

  test('are found by the exact prompt, plain or compressed, by the field named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
    writeFileSync(join(folder, 'q.jsonl'), '{"id":"1","prompt":"\\nTwo  spaces?\\n"}\n\n{"id":"2","prompt":"B"}\n');
    writeFileSync(join(folder, 'm.jsonl.gz'), gzipSync('{"id":"1","output":"one"}\n'));
    writeFileSync(join(folder, 'n.jsonl'), '{"id":"1","said":"eins"}');
    const recordings = new Recordings(
      config(folder, [recorded('m.jsonl.gz'), recorded('n.jsonl', 'said')], 'q.jsonl'),
      '/',
    );
    expect(recordings.find({ file: 'm.jsonl.gz', field: 'output' }, 'Two  spaces?')).toBe('one');
    expect(recordings.find({ file: 'n.jsonl', field: 'said' }, 'Two  spaces?')).toBe('eins');
    expect(recordings.find({ file: 'm.jsonl.gz', field: 'output' }, 'Two spaces?')).toBeNull();
    expect(recordings.find({ file: 'm.jsonl.gz', field: 'output' }, 'B')).toBeNull();
    expect(() => new Recordings(config(folder, [recorded('absent.jsonl')], 'q.jsonl'), '/')).toThrow('ENOENT');
    expect(() => new Recordings(config(folder, [recorded('n.jsonl')], 'q.jsonl'), '/')).toThrow('"output"');
    rmSync(folder, { recursive: true });
  });

  const gsm8k = resolve(import.meta.dirname, '../../../../shared/data/traffic/gsm8k');
  const present = existsSync(gsm8k);
  if (!present) console.warn(`SKIPPED: no recorded answers at ${gsm8k}`);
  test.skipIf(!present)('the published GSM8K answers load: 1,319 questions', () => {
    const file = 'gpt-4o-2024-08-06.jsonl.gz';
    const recordings = new Recordings(config(gsm8k, [recorded(file)], 'questions.jsonl.gz'), '/');
    expect(recordings.size).toBe(1319);
  });

  test('are what the venue answers; a question nobody recorded is refused, unless there is something else to say', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
    writeFileSync(join(folder, 'q.jsonl'), '{"id":"1","prompt":"\\nTwo?\\n"}');
    writeFileSync(join(folder, 'm.jsonl'), '{"id":"1","output":"two"}');
    const strict = recorded('m.jsonl');
    const polite = { ...strict, id: 'polite', answer: { ...strict.answer, otherwise: 'no idea' } };
    const simulator = await startSimulator(
      {
        seed: 1,
        venues: [{ id: 'v', apiKey: 'k', models: [strict, polite] }],
        recordings: { folder: '.', questions: 'q.jsonl' },
      },
      { baseFolder: folder },
    );
    rmSync(folder, { recursive: true });
    const openai = new OpenAI({ baseURL: `${simulator.url}/v/v1`, apiKey: 'k', maxRetries: 0 });
    const ask = (model: string, content: string) =>
      openai.chat.completions.create({ model, messages: [{ role: 'user', content }] }).then(
        ({ choices }) => choices[0]?.message.content,
        (error: { status: number; code: string }) => [error.status, error.code],
      );
    expect(await ask('m.jsonl', '\nTwo?\n')).toBe('two');
    expect(await ask('m.jsonl', 'Three?')).toEqual([400, 'no_recorded_answer']);
    expect(await ask('polite', 'Three?')).toBe('no idea');
    await simulator.close();
  });
});

describe('a wrong configuration says where', () => {
  const broken = (change: object) => () =>
    parseConfig({ seed: 1, venues: [{ id: 'v', apiKey: 'k', models: [{ ...fixedModel(), ...change }] }] });

  test.each([
    [{ prices: { inputPerMillion: 2.5, outputPerMillion: '1' } }, 'venues[0].models[0].prices.inputPerMillion'],
    [{ prices: { inputPerMillion: '2.5000001', outputPerMillion: '1' } }, 'at most 6 decimals'],
    [{ answer: { kind: 'skill', accuracy: 93 } }, 'venues[0].models[0].answer.accuracy'],
    [{ answer: { kind: 'recorded', file: 'x' } }, 'no recordings folder'],
    [{ latency: 3 }, 'latency'],
    [{ defaultFault: { kind: 'explode' } }, 'defaultFault.kind'],
  ])('%j', (change, message) => expect(broken(change)).toThrow(message));

  test('two venues of one name, one model twice', () => {
    const venue = { id: 'v', apiKey: 'k', models: [fixedModel()] };
    expect(() => parseConfig({ seed: 1, venues: [venue, venue] })).toThrow('two venues share an id');
    expect(() => parseConfig({ seed: 1, venues: [{ ...venue, models: [fixedModel(), fixedModel()] }] })).toThrow(
      'twice',
    );
  });
});

function fixedModel() {
  return {
    id: 'm',
    answer: { kind: 'fixed' as const, text: 'x' },
    prices: { inputPerMillion: '1', outputPerMillion: '1' },
  };
}
