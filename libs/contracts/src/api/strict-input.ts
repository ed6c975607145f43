/**
 * What a lenient schema lets pass and a careful reader must not: fields nobody reads, usually a misspelling, and text
 * the database or the ledger cannot hold. Compare what came in with what the schema made of it.
 */
export interface InputProblem {
  path: (string | number)[];
  message: string;
}

/** Requires `parsed` to be what a schema without a change of shape made of `input`. */
export function inputProblems(input: unknown, parsed: unknown): InputProblem[] {
  return [...unknownFields(input, parsed, []), ...unstorableText(input, [])];
}

type Path = InputProblem['path'];

function* unknownFields(input: unknown, parsed: unknown, path: Path): Generator<InputProblem> {
  if (Array.isArray(input) && Array.isArray(parsed)) {
    for (const [at, item] of input.entries()) yield* unknownFields(item, parsed[at], [...path, at]);
    return;
  }
  if (!isObject(input) || !isObject(parsed)) return;
  for (const [key, value] of Object.entries(input)) {
    if (!Object.hasOwn(parsed, key)) yield { path: [...path, key], message: `unknown field "${key}"` };
    else yield* unknownFields(value, parsed[key], [...path, key]);
  }
}

/** U+0000 has no place in a PostgreSQL text, a lone surrogate none in RFC 8785 JSON. */
function* unstorableText(input: unknown, path: Path): Generator<InputProblem> {
  if (typeof input === 'string') {
    if (input.includes('\0') || !input.isWellFormed())
      yield { path, message: 'text with U+0000 or half a surrogate pair cannot be stored' };
  } else if (Array.isArray(input)) {
    for (const [at, item] of input.entries()) yield* unstorableText(item, [...path, at]);
  } else if (isObject(input)) {
    for (const [key, value] of Object.entries(input)) {
      yield* unstorableText(key, path);
      yield* unstorableText(value, [...path, key]);
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
