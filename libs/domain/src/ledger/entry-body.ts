/** Holds a line against what its kind must say, in the version it names. Call records have a reader of their own. */
import { entryBodyVersions } from '#contracts/entry-bodies.js';
import type { EntryKind, StoredEntry } from '#contracts/entry.js';
import { callKinds } from './call-entry.js';

/** Where a line says something that is not known here: the kind, or kind and version. Null: it is known. */
export function unknownOf({ schema, kind, body }: StoredEntry): string | null {
  if (schema !== 'o10.entry.v1') return `${kind} (${schema})`;
  if (!Object.hasOwn(entryBodyVersions, kind)) return kind;
  return contractOf(kind as EntryKind, body) ? null : `${kind} (${String(body['schema'])})`;
}

/** What is missing or wrong in the body, in words; null when nothing is, or when nobody here knows. */
export function bodyProblem(entry: StoredEntry): string | null {
  if (unknownOf(entry) !== null || (callKinds as readonly string[]).includes(entry.kind)) return null;
  const parsed = contractOf(entry.kind as EntryKind, entry.body)?.safeParse(entry.body);
  if (!parsed || parsed.success) return null;
  const [issue] = parsed.error.issues;
  return `not the body of ${entry.kind}: ${issue?.path.join('.')}: ${issue?.message}`;
}

/** A body without a version is of version 1. */
function contractOf(kind: EntryKind, body: StoredEntry['body']) {
  const { schema } = body;
  const named = typeof schema === 'string' ? /\.v([1-9]\d*)$/.exec(schema) : null;
  return entryBodyVersions[kind][named ? Number(named[1]) - 1 : 0] ?? null;
}
