import { expect, test } from 'vitest';
import { PriceFileUnread, readPriceText } from './read-price-file.js';

const options = { effectiveAt: '2026-11-20T00:00:00.000Z', renamed: {} };
const refusal = (file: string, text: string | Buffer) => {
  try {
    readPriceText(file, Buffer.from(text), options);
  } catch (error) {
    if (error instanceof PriceFileUnread) return error.problems.map(({ line, message }) => `${line}: ${message}`);
    throw error;
  }
  return [];
};

const own = (rates: string, also = '') =>
  [
    'o10: prices/v1',
    'venue: north',
    'name: North',
    'source: https://north.example',
    'checked: 2026-11-20',
    'models:',
    '  large:',
    '    name: Large',
    '    type: text',
    '    modality: { input: [text], output: [text] }',
    '    source: https://north.example',
    '    checked: 2026-11-20',
    '    prices:',
    '      - source: https://north.example',
    '        checked: 2026-11-20',
    '        from: 2026-01-01',
    `        usdPerMillion: { ${rates} }`,
    also,
  ].join('\n');

test('a sound file is read', () => {
  const { post } = readPriceText('a.yaml', Buffer.from(own("input_uncached: '0.20', output_text: '1.25'")), options);
  expect(post.claims.map(({ row, line }) => [row.meter, row.ratePicoUsd, line])).toEqual([
    ['input_uncached', 200_000n, 17],
    ['output_text', 1_250_000n, 17],
  ]);
});

test.each<[string, string, string, RegExp]>([
  ['a price below zero', 'a.yaml', own("input_uncached: '-0.20'"), /^17: the price -0.20 is below zero$/],
  ['a price that is text', 'a.yaml', own('input_uncached: cheap'), /^17: a price must be a decimal number, is cheap$/],
  ['a price that is not a number', 'a.yaml', own('input_uncached: .nan'), /^17: a price must be a decimal/],
  ['an endless price', 'a.yaml', own('input_uncached: .inf'), /^17: a price must be a decimal/],
  ['a hexadecimal price', 'a.yaml', own('input_uncached: 0x10'), /^17: a price must be a decimal/],
  ['a price with an exponent of a thousand', 'a.yaml', own('input_uncached: 1e999'), /^17: (a price must|the price)/],
  ['a price of a billion dollars', 'a.yaml', own("input_uncached: '9e20'"), /^17: the price 9e20 is beyond reason$/],
  ['a meter that is none', 'a.yaml', own("inputs: '1'"), /^17: is no meter$/],
  [
    'a misspelt field',
    'a.yaml',
    own("input_uncached: '1'", '        untill: 2026-02-01'),
    /^18: unknown field "untill"$/,
  ],
  ['the same price twice', 'a.yaml', own("input_uncached: '1', input_uncached: '2'"), /^17: is there twice$/],
  [
    'an alias',
    'a.yaml',
    own("input_uncached: '1'", '    limits: { a: &a x, b: *a }'),
    /^18: aliases are not read here/,
  ],
  [
    'a merge key',
    'a.yaml',
    own("input_uncached: '1'", '    limits: { <<: { a: b } }'),
    /^18: a key must be plain text/,
  ],
  ['a tag that makes objects', 'a.yaml', own('input_uncached: !!js/function 1'), /^17: .*tag/i],
  ['YAML that is none', 'a.yaml', 'o10: prices/v1\n  venue: [', /^\d: /],
  ['JSON cut off', 'a.json', '{\n  "gpt": {\n    "litellm_provider": "openai",', /^3: /],
  ['JSON with a comment', 'a.json', '{\n  // free\n  "gpt": {}\n}', /^2: /],
  ['a zero byte', 'a.json', '{\n"a":\0}', /^2: holds a zero byte/],
  ['brackets without end', 'a.json', '['.repeat(100_000), /^1: is nested deeper than 40$/],
  ['dashes without end', 'a.yaml', `a:\n${'- '.repeat(100_000)}`, /^2: is nested deeper than 40$/],
  ['nothing', 'a.yaml', '', /^1: is no price list known here/],
  ['a list of something else', 'a.json', '{"hello": "world"}', /^1: is no price list known here/],
  [
    'a model whose name drives the terminal',
    'a.json',
    '{"a": {"litellm_provider": "openai"},\n"\\u001b[2J x": {"litellm_provider": "openai", "input_cost_per_token": 1e-6}}',
    /^2: ".*" is no name of a model$/,
  ],
  [
    'a price in a list',
    'a.json',
    '{"a": {"litellm_provider": "openai",\n"input_cost_per_token": [1]}}',
    /^2: a price must be a decimal number, is a list$/,
  ],
])('%s is refused with its line', (_, file, text, expected) => {
  const problems = refusal(file, text);
  expect(problems[0]).toMatch(expected);
  for (const problem of problems) expect(problem).toMatch(/^\d+: [\x20-\x7e]+$/);
});

test('bytes that are not UTF-8, and a file beyond all size, are refused', () => {
  expect(refusal('a.json', Buffer.from([0x7b, 0xff, 0x7d]))).toEqual(['1: is not UTF-8 text']);
  expect(refusal('a.json', `"${'x'.repeat(25 * 1024 * 1024)}"`)[0]).toMatch(/^1: is larger than/);
});

test('keys that mean something to JavaScript are names like others, and change nothing', () => {
  const text =
    '{"a": {"litellm_provider": "openai"}, "__proto__": {"litellm_provider": "openai", "input_cost_per_token": 1e-6, "constructor": 1}}';
  const { post } = readPriceText('a.json', Buffer.from(text), options);
  expect(post.claims.map(({ row }) => row.model)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['input_cost_per_token']).toBeUndefined();
});

test('all that is wrong is told at once, up to a hundred', () => {
  const rates = Array.from({ length: 300 }, (_, at) => `m${at}: '1'`).join(', ');
  expect(refusal('a.yaml', own(rates))).toHaveLength(100);
});

test('a zero nobody declared free, and a float, are no prices: findings, never rows', () => {
  const text =
    '{"a": {"litellm_provider": "openai",\n"input_cost_per_token": 0,\n"output_cost_per_token": 1.5000020000000002e-05}}';
  const { post } = readPriceText('a.json', Buffer.from(text), options);
  expect(post.claims).toEqual([]);
  expect(post.findings.map(({ code, line }) => [code, line])).toEqual([
    ['zero_not_declared', 2],
    ['float_artefact', 3],
  ]);
});
