/** Code reading: what a small function returns. The right answer is computed by running the same rule here. */
import { type DemoCase, pick } from './demo-case.js';

interface Puzzle {
  source: (a: number, b: number) => string;
  result: (a: number, b: number) => number;
}

const puzzles: readonly Puzzle[] = [
  {
    source: (a, b) =>
      `function f(n) { let s = 0; for (let i = 1; i <= n; i++) if (i % ${b} === 0) s += i; return s; }\nf(${a})`,
    result: (a, b) => Array.from({ length: a }, (_, i) => i + 1).reduce((sum, i) => (i % b === 0 ? sum + i : sum), 0),
  },
  {
    source: (a, b) => `const f = (n) => [...String(n)].reduce((s, d) => s * ${b} + Number(d), 0);\nf(${a})`,
    result: (a, b) =>
      String(a)
        .split('')
        .reduce((sum, digit) => sum * b + Number(digit), 0),
  },
  {
    source: (a, b) => `function f(x, y) { while (y) { [x, y] = [y, x % y]; } return x; }\nf(${a * b}, ${a * (b + 2)})`,
    result: (a, b) => greatestDivisor(a * b, a * (b + 2)),
  },
];

function greatestDivisor(x: number, y: number): number {
  return y === 0 ? x : greatestDivisor(y, x % y);
}

export const codePrompt = 'Read the code and answer with the value of the last line, nothing else.';

export function codeCases(count: number): DemoCase[] {
  return Array.from({ length: count }, (_, index) => {
    const puzzle = pick(puzzles, index);
    const [a, b] = [11 + index, 2 + (index % 7)];
    const value = puzzle.result(a, b);
    return {
      input: `// case ${index}\n${puzzle.source(a, b)}`,
      right: String(value),
      wrong: [String(value + 1), String(value - b), 'undefined'],
      expected: String(value),
    };
  });
}
