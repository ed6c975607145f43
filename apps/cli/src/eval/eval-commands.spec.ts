/** `o10 eval` against a venue that speaks the wire format, from the command line's own parser on. */
import { createServer, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { addEvalCommands } from './eval-commands.js';
import type { ScoredCase, SuiteResult } from './run-suite.js';
import { readSuite } from './suite-folder.js';

const suites = resolve(import.meta.dirname, '../../../../evals/suites');
const folder = mkdtempSync(join(tmpdir(), 'o10-eval-'));
let server: Server;
let url: string;
/** What a model of the venue says to the last user text; null breaks off. */
const models: Record<string, (user: string, system: string) => string | null> = {};
/** What a model draws. */
const pictures: Record<string, string> = {};
let seenKeys = new Set<string | undefined>();
/** What was offered with each last user text. */
const offered: Record<string, unknown> = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      seenKeys.add(request.headers.authorization);
      if (request.url?.endsWith('/images/generations')) {
        const b64_json = pictures[(JSON.parse(body) as { model: string }).model];
        return void response.writeHead(b64_json ? 200 : 503).end(JSON.stringify({ data: [{ b64_json }] }));
      }
      const { model, messages, tools, tool_choice } = JSON.parse(body) as {
        model: string;
        messages: { role: string; content: string }[];
        tools?: unknown;
        tool_choice?: unknown;
      };
      offered[messages.at(-1)!.content] = { tools, tool_choice };
      const content = models[model]?.(messages.at(-1)!.content, messages[0]!.content);
      if (content === undefined || content === null) return void response.writeHead(503).end('busy');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ choices: [{ finish_reason: 'stop', message: { content } }] }));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => void (seenKeys = new Set()));

async function o10(...args: string[]): Promise<string> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))));
  const program = new Command().exitOverride();
  addEvalCommands(program, { projectDir: '', distDir: '', settings: { LOG_LEVEL: 'silent' } });
  try {
    await program.parseAsync(['node', 'o10', 'eval', ...args]);
  } finally {
    write.mockRestore();
    process.exitCode = 0;
  }
  return out;
}
const result = (text: string) => JSON.parse(text) as SuiteResult;

test('a route that is right is cleared, one that is often wrong fails, and the scores can be read again', async () => {
  const { lines } = await readSuite(join(suites, 'classification'));
  const right = new Map(lines.map(({ input, expected }) => [input, expected as string]));
  models['good'] = (user) => right.get(user) ?? null;
  models['poor'] = (user) => (lines.findIndex(({ input }) => input === user) % 2 ? 'spam' : (right.get(user) ?? null));
  const out = join(folder, 'scores.jsonl');
  const good = result(
    await o10(
      'run',
      join(suites, 'classification'),
      '--route',
      'good',
      '--url',
      url,
      '--key',
      'k',
      '--out',
      out,
      '--json',
    ),
  );
  expect(good).toMatchObject({ mean: 1, ungradable: [], baseline: null, finding: { verdict: 'cleared', samples: 64 } });
  expect(seenKeys).toEqual(new Set(['Bearer k']));
  const scores = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ScoredCase);
  expect(scores).toHaveLength(64);
  expect(scores[0]).toEqual({ input: expect.stringMatching(/^[0-9a-f]{64}$/), score: 1 });
  const poor = result(
    await o10('run', join(suites, 'classification'), '--route', 'poor', '--baseline', 'good', '--url', url, '--json'),
  );
  expect(poor).toMatchObject({ baselineMean: 1, finding: { verdict: 'failed' } });
  expect(poor.mean).toBeLessThan(0.6);
  expect(poor.cases[0]).toMatchObject({ candidate: 1, baseline: 1 });
});

test('code is run, and an answer that never came scores 0 and says why', async () => {
  const { lines } = await readSuite(join(suites, 'code'));
  const answers = readFileSync(join(suites, 'code', 'answers.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => String(JSON.parse(line)));
  const solutions = new Map(lines.map(({ input }, at) => [input, answers[at] ?? '']));
  models['coder'] = (user) => (user === lines[0]!.input ? null : `\`\`\`js\n${solutions.get(user)}\n\`\`\``);
  const coder = result(
    await o10('run', join(suites, 'code'), '--route', 'coder', '--url', url, '--json', '--concurrency', '8'),
  );
  expect(coder.cases.filter(({ score }) => score === 1)).toHaveLength(61);
  expect(coder.cases[0]).toMatchObject({ score: 0, missing: '503 busy' });
  expect(await o10('run', join(suites, 'code'), '--route', 'coder', '--url', url)).toContain('1 without an answer');
}, 20_000);

test('a judge is asked at the same address, and one that babbles leaves the score missing', async () => {
  const suite = join(folder, 'judged');
  await o10(
    'import',
    write('promptfooconfig.yaml', "tests:\n  - vars: {input: 'Say A'}\n    assert: [{type: equals, value: A}]\n"),
    suite,
  );
  const manifest = JSON.parse(readFileSync(join(suite, 'suite.json'), 'utf8')) as object;
  const grader = { kind: 'judge', route: 'east/judge', compare: 'pairwise', rubric: 'The better answer wins.' };
  writeFileSync(join(suite, 'suite.json'), JSON.stringify({ ...manifest, grader }));
  models['good'] = () => 'A, certainly';
  models['poor'] = () => 'B';
  models['east/judge'] = (user) => JSON.stringify({ reason: '', winner: /answer A: "A, /.test(user) ? 'A' : 'B' });
  const args = ['run', suite, '--route', 'good', '--baseline', 'poor', '--url', url, '--json'];
  expect(result(await o10(...args)).cases).toEqual([{ input: expect.any(String), candidate: 1, baseline: 0 }]);
  models['east/judge'] = () => 'A is nicer';
  expect(result(await o10(...args)).cases).toEqual([
    { input: expect.any(String), candidate: 0, baseline: 1, missing: expect.any(String), unjudged: true },
  ]);
});

test('a suite whose answers are pictures is asked for pictures, which are looked at', async () => {
  const suite = join(folder, 'pictures');
  const picture = async (background: string, noise: boolean) => {
    const create = { width: 16, height: 16, channels: 3 as const, background };
    const drawn = sharp({
      create: { ...create, ...(noise && { noise: { type: 'gaussian' as const, mean: 128, sigma: 30 } }) },
    });
    return (await drawn.png().toBuffer()).toString('base64');
  };
  pictures['artist'] = await picture('#000', true);
  pictures['censor'] = await picture('#000', false);
  const grader = { kind: 'image', format: 'png', width: 16 };
  await o10(
    'import',
    write('p.yaml', "tests:\n  - vars: {input: 'A cat'}\n    assert: [{type: equals, value: A}]\n"),
    suite,
  );
  const manifest = JSON.parse(readFileSync(join(suite, 'suite.json'), 'utf8')) as object;
  writeFileSync(join(suite, 'suite.json'), JSON.stringify({ ...manifest, grader }));
  const scoreOf = async (route: string) =>
    result(await o10('run', suite, '--route', route, '--url', url, '--json')).cases;
  expect(await scoreOf('artist')).toEqual([{ input: expect.any(String), score: 1 }]);
  expect(await scoreOf('censor')).toEqual([{ input: expect.any(String), score: 0 }]);
  expect(await scoreOf('good')).toMatchObject([{ score: 0, missing: expect.stringContaining('503') }]);
});

test('a case is tried under its own prompt and with its own tools, or the suite’s', async () => {
  const suite = join(folder, 'tools');
  const tool = (name: string) => ({ type: 'function', function: { name } });
  const config = {
    defaultTest: {
      options: { tools: [tool('sort')], tool_choice: 'required' },
      metadata: { o10: { grader: { kind: 'exact', reference: 'suite' }, floor: { absolute: 0.5 }, system: 'Sort.' } },
    },
    tests: [
      { vars: { input: 'first' }, metadata: { expected: 'Sort.' } },
      {
        vars: { input: 'second' },
        options: { tools: [tool('move')] },
        metadata: { expected: 'Move.', system: 'Move.' },
      },
    ],
  };
  await o10('import', write('tools.yaml', JSON.stringify(config)), suite);
  models['obedient'] = (_, system) => system;
  const { cases } = result(await o10('run', suite, '--route', 'obedient', '--url', url, '--json'));
  expect(cases.map(({ score }) => score)).toEqual([1, 1]);
  expect(offered).toMatchObject({
    first: { tools: [tool('sort')], tool_choice: 'required' },
    second: { tools: [tool('move')], tool_choice: undefined },
  });
});

test('export and import keep a suite’s hash, through YAML', async () => {
  const yaml = write('exported.yaml', await o10('export', join(suites, 'rag')));
  await o10('import', yaml, join(folder, 'rag'));
  const [before, after] = [await readSuite(join(suites, 'rag')), await readSuite(join(folder, 'rag'))];
  expect(after.lines).toEqual(before.lines);
  expect(after.manifest.grader).toEqual(before.manifest.grader);
  expect(await o10('export', join(suites, 'rag'), '--format', 'jsonl')).toBe(
    before.lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
});

test('lines come in too: ours under a grader that is named, promptfoo’s under the one they assert', async () => {
  const own = await o10('export', join(suites, 'support'), '--format', 'jsonl');
  const grader = { kind: 'contains', reference: 'suite', ignoreCase: true };
  await o10(
    'import',
    write('own.jsonl', own),
    join(folder, 'own'),
    '--grader',
    JSON.stringify(grader),
    '--floor',
    '0.8',
  );
  const [before, after] = [await readSuite(join(suites, 'support')), await readSuite(join(folder, 'own'))];
  expect(after).toMatchObject({ lines: before.lines, manifest: { name: 'own', grader, floor: { absolute: 0.8 } } });
  const tests = [1, 2].map((n) => ({ vars: { input: `Say ${n}` }, assert: [{ type: 'iequals', value: `${n}` }] }));
  await o10(
    'import',
    write('tests.jsonl', tests.map((one) => `${JSON.stringify(one)}\n`).join('')),
    join(folder, 'theirs'),
  );
  expect(await readSuite(join(folder, 'theirs'))).toMatchObject({
    lines: [
      { input: 'Say 1', expected: '1' },
      { input: 'Say 2', expected: '2' },
    ],
    manifest: { grader: { kind: 'exact', ignoreCase: true } },
  });
  await expect(o10('import', write('bad.jsonl', '{"input":"a"}\n'), join(folder, 'x'))).rejects.toThrow(
    /Line 1 .*expected/,
  );
});

test('what is wrong is said', async () => {
  await expect(o10('run', join(suites, 'rag'), '--route', 'x')).rejects.toThrow(/--url/);
  await expect(o10('import', write('bad.yaml', 'tests: 1'), join(folder, 'bad'))).rejects.toThrow(/no promptfoo/);
  await expect(o10('run', folder, '--route', 'x', '--url', url)).rejects.toThrow(/suite\.json/);
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
