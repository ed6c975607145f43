/**
 * Correct answers made wrong in the ways models get them wrong. A grader that lets one pass measures nothing; every suite
 * is checked with these before it is used.
 */
import type { Grader } from '#contracts/use-case.js';

export interface RightAnswer {
  text: string;
  expected: unknown;
}

const refused = 'Sorry, this is beyond me.';

/** Wrong answers made of a right one. `others`: right answers of other cases of the same suite. */
export function damagedAnswers(grader: Grader, right: RightAnswer, others: readonly string[]): string[] {
  const { text } = right;
  const wrong = [refused, ...byKind(grader, right), ...(grader.kind === 'contains' ? [] : others.slice(0, 3))];
  return [...new Set(wrong)].filter((one) => one !== text && one.trim() !== '');
}

function byKind(grader: Grader, { text, expected }: RightAnswer): string[] {
  switch (grader.kind) {
    case 'exact':
    case 'numeric':
      return [`${text} or not`, nextDigits(text), text.slice(0, Math.ceil(text.length / 2))];
    case 'contains':
      return factsOf(expected).map((fact) => text.replaceAll(fact, '…'));
    case 'json_schema':
    case 'json_fields':
    case 'composite':
      return damagedJson(text);
    case 'code':
      return [
        text.replace(/\{[\s\S]*\}/u, '{}'),
        text.slice(0, Math.floor(text.length / 2)),
        `// ${text.replaceAll('\n', ' ')}`,
      ];
    default:
      return [text.slice(0, Math.ceil(text.length / 3))];
  }
}

const factsOf = (expected: unknown): string[] => (Array.isArray(expected) ? expected : [expected]).map(String);

/** Every digit one further: the answer of a model that cannot copy. */
const nextDigits = (text: string): string => text.replace(/\d/gu, (digit) => String((Number(digit) + 1) % 10));

/** One field changed, one left out, prose around, cut off. */
function damagedJson(text: string): string[] {
  const fields = Object.entries(JSON.parse(text) as Record<string, unknown>);
  const changed = fields.map(([name, value]) =>
    JSON.stringify(
      Object.fromEntries(fields.map(([other, kept]) => [other, other === name ? anotherValue(value) : kept])),
    ),
  );
  const without = fields.map(([name]) =>
    JSON.stringify(Object.fromEntries(fields.filter(([other]) => other !== name))),
  );
  return [...changed, ...without, `Here it is: ${text}`, text.slice(0, -2)];
}

function anotherValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value.slice(1)}x`;
  return value === null ? 'unknown' : null;
}
