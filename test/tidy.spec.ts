/** House rules no linter knows. Each failure names the file, and the test's name says what to do about it. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { refusalKinds } from '#contracts/refusal.js';

const ours = (file: string) => !file.includes('node_modules') && !file.includes('/generated/');
const files = globSync('{apps,libs,evals,scripts,test}/**/*.{ts,mjs}').filter(ours);
const text = (file: string) => readFileSync(file, 'utf8');
const offenders = (broken: (file: string) => boolean, among = files) => among.filter(broken);
const isSpec = (file: string) => /\.(spec|conformance|spec-data|e2e)\.ts$/.test(file) || file.startsWith('test/');
const isPure = (file: string) => /^libs\/(contracts|domain|protocols)\//.test(file) && !isSpec(file);

/** What a pure file says outside its comments, texts and patterns. */
const code = (file: string) =>
  text(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replace(/\/(?:[^/\\\n]|\\.)+\/[a-z]+/g, '//');

/** Lines of the longest function, counted by the formatter's own indentation: from its opening line to its closing one. */
function longestFunction(file: string): number {
  const lines = text(file).split('\n');
  const opening =
    /^( *)(?:export )?(?:async )?(?:function\b|(?:private |protected |static |async )*[\w$]+\([^;]*$|(?:const|let) [\w$]+ = (?:async )?\(?.*=> \{$)/;
  let longest = 0;
  lines.forEach((line, start) => {
    const match = opening.exec(line);
    if (!match || !line.endsWith('{') || /^ *(?:if|for|while|switch|return|describe|test|catch)\b/.test(line)) return;
    const end = lines.findIndex((later, at) => at > start && later.startsWith(`${match[1]}}`));
    longest = Math.max(longest, end - start + 1);
  });
  return longest;
}

test('no drawer for odds and ends: name the noun it serves', () => {
  expect(offenders((file) => /\/(utils?|helpers?|common|shared|misc|core)(\/|\.(ts|mjs)$)/.test(file))).toEqual([]);
});

test('no barrels: import the file that has it', () => {
  expect(offenders((file) => file.endsWith('/index.ts'))).toEqual([]);
});

test('a file fits in one sitting: 300 lines', () => {
  expect(offenders((file) => !isSpec(file) && text(file).split('\n').length > 301)).toEqual([]);
});

test('a function fits on a screen: 70 lines', () => {
  expect(offenders((file) => !isSpec(file) && longestFunction(file) > 70)).toEqual([]);
});

test('pure code asks nobody the time, the dice or the network', () => {
  const asks =
    /new Date\(\)|Date\.now|Math\.random|randomUUID|randomBytes|\basync\b|\bawait\b|process\.|fetch\(|setTimeout|setInterval/;
  expect(offenders((file) => isPure(file) && asks.test(code(file)))).toEqual([]);
});

test('money is an integer: no float parsing or spelling in pure code', () => {
  expect(offenders((file) => isPure(file) && /parseFloat|\btoFixed\(/.test(text(file)))).toEqual([]);
});

test('settings are read once, in env.ts', () => {
  const reads = (file: string) => !isSpec(file) && !file.endsWith('/env.ts') && /process\.env/.test(text(file));
  expect(offenders(reads, globSync('{apps,libs}/**/*.ts').filter(ours))).toEqual([]);
});

test('a file opens with what it is for', () => {
  expect(offenders((file) => !isSpec(file) && !/^(#!.*\n)?(\/\*\*|\/\/)/.test(text(file)))).toEqual([]);
});

test('no "service", no "manager": the word says nothing', () => {
  expect(offenders((file) => /\b(service|manager)\.ts$|\.service\.ts$/.test(file))).toEqual([]);
});

test('every domain folder says its nouns and invariants in a README', () => {
  const folders = new Set(globSync('libs/domain/src/*/*.ts').map(dirname));
  expect([...folders].filter((folder) => !existsSync(`${folder}/README.md`))).toEqual([]);
});

test('every Lua script and SQL function states inputs, outputs and guarantee', () => {
  const silent = (file: string) => !/^-- .*\n(-- .*\n)*-- (returns|guarantee)/im.test(text(file));
  expect(offenders(silent, globSync('libs/**/*.lua'))).toEqual([]);
  const bare = globSync('prisma/migrations/*/migration.sql').flatMap((file) =>
    [...text(file).matchAll(/(?:^|\n)([^\n]*)\n(?:DROP FUNCTION [^\n]*\n)?CREATE (?:OR REPLACE )?FUNCTION (\S+?)\(/gi)]
      .filter((match) => !match[1]?.startsWith('--'))
      .map((match) => `${file}: ${match[2]}`),
  );
  expect(bare).toEqual([]);
});

test('every refusal code is met by an end-to-end test', () => {
  const told = globSync('test/e2e/*.e2e.ts').map(text).join('\n');
  expect(Object.keys(refusalKinds).filter((refusal) => !new RegExp(`\\b${refusal}\\b`).test(told))).toEqual([]);
});
