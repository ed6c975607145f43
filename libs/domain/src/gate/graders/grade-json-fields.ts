/**
 * The share of the reference's fields an answer gives equal. Extraction is rarely all or nothing; validity under a schema
 * is another question, asked by `json_schema`.
 */
import { type Grade, type Question } from './grade.js';

/** Leaves by path; lists count by place, and an empty object or list is a leaf of its own. */
export function gradeJsonFields({ answer, reference }: Question<unknown>): Grade {
  const expected = typeof reference === 'string' ? parsed(reference) : { json: reference };
  if (expected === undefined || !isBranch(expected.json)) return { notGradable: 'the reference is not a JSON object' };
  const wanted = [...leaves(expected.json, '')];
  const given = parsed(answer);
  if (given === undefined || !isBranch(given.json)) return { score: 0 };
  const found = new Map(leaves(given.json, ''));
  return {
    score: wanted.filter(([path, value]) => found.has(path) && found.get(path) === value).length / wanted.length,
  };
}

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Iterative: no depth of nesting runs out of stack. */
function* leaves(value: unknown, path: string): Generator<[string, unknown]> {
  const waiting: [string, unknown][] = [[path, value]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [here, node] = next;
    const entries = isBranch(node) ? Object.entries(node) : [];
    if (!isBranch(node)) yield [here, node];
    else if (entries.length === 0) yield [here, Array.isArray(node) ? '[]' : '{}'];
    for (const [name, child] of entries)
      waiting.push([`${here}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, child]);
  }
}

function parsed(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined; // Not being JSON is what the grader asks about, not a failure of ours.
  }
}
