import { afterAll, expect, test } from 'vitest';
import { ScriptSandbox } from './script-sandbox.js';

const sandbox = new ScriptSandbox();
afterAll(() => sandbox.close());
const run = (scripts: string[], timeoutMs = 200, memoryMiB = 16) => sandbox.run({ scripts, timeoutMs, memoryMiB });

test.each([
  ['two scripts share a context', ['const add = (a, b) => a + b;', 'if (add(1, 2) !== 3) throw new Error("no")'], true],
  ['what is thrown fails', ['throw new Error("no")'], false],
  ['what does not parse fails', ['function ('], false],
  ['without end', ['while (true) {}'], false],
  ['without end, and catching', ['while (true) { try { while (true) {} } catch {} }'], false],
  [
    'without end, in a promise',
    ['Promise.resolve().then(function again() { return Promise.resolve().then(again); })', '1'],
    true,
  ],
  ['more memory than there is', ['const all = []; while (true) all.push(new Array(100000).fill(1));'], false],
  ['more stack than there is', ['(function deeper() { return deeper() + 1; })()'], false],
  ['a regular expression that backtracks', ['/^(a+)+$/.test("a".repeat(40) + "!")'], false],
  [
    'no way to the outside',
    [
      'if (typeof process !== "undefined" || typeof require !== "undefined" || typeof fetch !== "undefined") throw new Error("open")',
    ],
    true,
  ],
  [
    'no way through a constructor',
    ['if (this.constructor.constructor("return typeof process")() !== "undefined") throw new Error("open")'],
    true,
  ],
])('%s', async (_, scripts, passed) => expect(await run(scripts)).toMatchObject({ passed }), 20_000);

test('one script leaves nothing to the next', async () => {
  await run(['globalThis.left = 1; Object.prototype.left = 1;']);
  expect(await run(['if ("left" in globalThis) throw new Error("left")'])).toEqual({ passed: true, fault: null });
});

test('scripts that come together run one after another, and each is answered', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, n) => run([`if (${n} % 2) throw new Error("odd")`])),
  );
  expect(outcomes.map(({ passed }) => passed)).toEqual([true, false, true, false, true, false, true, false]);
});

test('the event loop goes on while a script spins', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 10);
  await run(['while (true) {}'], 300);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});
