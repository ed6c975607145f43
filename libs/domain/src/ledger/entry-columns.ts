/** The columns of a line, read off its content. They serve queries only: what is hashed and exported are the bytes. */
import type { StoredEntry } from '#contracts/entry.js';
import { PicoUsd } from '#contracts/money.js';
import { Id, Slug } from '#contracts/names.js';
import { isPlainAmount, isPlainId } from './plain-record.js';

export interface EntryColumns {
  log: string;
  kind: string;
  entryId: string;
  callId: string | null;
  useCase: string | null;
  /** Milliseconds since 1970: a database keeps an instant, not its spelling. */
  occurredMs: number;
  /** Pico-USD. Null where the line has no cost, which is not a cost of zero. */
  costPico: string | null;
}

export function projectEntry({ log, kind, id, occurredAt, body }: StoredEntry): EntryColumns {
  const cost = body['costPicoUsd'];
  return {
    log,
    kind,
    entryId: id,
    callId: knownId(body['callId']),
    useCase: knownSlug(body['useCase']),
    occurredMs: Date.parse(occurredAt),
    costPico: typeof cost === 'string' && (isPlainAmount(cost) || PicoUsd.safeDecode(cost).success) ? cost : null,
  };
}

function knownId(value: unknown): string | null {
  if (value === undefined) return null;
  return isPlainId(value) ? (value as string) : (Id.safeParse(value).data ?? null);
}

/** Few names on many lines: each is asked about once. */
const slugs = new Map<unknown, string | null>();
function knownSlug(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const known = slugs.get(value);
  if (known !== undefined) return known;
  const slug = Slug.safeParse(value).data ?? null;
  if (slugs.size < 10_000) slugs.set(value, slug);
  return slug;
}

/**
 * What the columns as stored say otherwise than the line, by name. `stored` is one line of the exported projection: JSON as
 * the database spells it, which is looked at word by word only where it is not what was expected.
 */
export function wrongColumns(entry: StoredEntry, stored: string): string[] {
  const wanted = projectEntry(entry);
  if (stored === asSpelled(wanted)) return [];
  const named = Object.keys(wanted) as (keyof EntryColumns)[];
  const said = jsonIn(stored);
  if (typeof said !== 'object' || said === null) return named;
  return named.filter((column) => (said as Record<string, unknown>)[column] !== wanted[column]);
}

/** As PostgreSQL's json_build_object does. Names, ids and digits need no escapes. */
function asSpelled({ log, kind, entryId, callId, useCase, occurredMs, costPico }: EntryColumns): string {
  const text = (value: string | null) => (value === null ? 'null' : `"${value}"`);
  return `{"log" : "${log}", "kind" : "${kind}", "entryId" : "${entryId}", "callId" : ${text(callId)}, "useCase" : ${text(useCase)}, "occurredMs" : ${occurredMs}, "costPico" : ${text(costPico)}}`;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
