/**
 * Puts lines into the inbox, durably and once per (log, kind, id). They have no index yet: the sequencer gives it.
 * Bodies travel as one buffer that the server cuts apart, which is faster than an array and needs no escaping.
 */
import type { Pool } from 'pg';
import type { Entry } from '#contracts/entry.js';
import type { LedgerTree } from '#contracts/ledger-tree.js';
import { type EntryColumns, projectEntry } from '#domain/ledger/entry-columns.js';

export interface AppendAnswer {
  appended: number;
  /** Written before, with the same bytes. */
  already: number;
  /** Written before with other bytes; the first ones stand. */
  conflicts: { log: string; kind: string; id: string }[];
}

const chunkEntries = 1000;
const chunkBytes = 4 * 1024 * 1024;

interface Given extends EntryColumns {
  occurredAt: string;
  bytes: Uint8Array;
  leafHash: Uint8Array;
}

// A scalar subquery, not EXISTS: it is always an index probe, never a hash over all keys of the ledger.
const insert = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::numeric[],
      $8::int[], $9::int[]) WITH ORDINALITY
      AS g(log, kind, entry_id, call_id, use_case, occurred_at, cost_pico, begin_at, length, n)
  )
  INSERT INTO ledger_inbox (log, kind, entry_id, call_id, use_case, occurred_at, cost_pico, bytes, leaf_hash)
  SELECT log, kind, entry_id, call_id, use_case, occurred_at, cost_pico,
    substring($10::bytea FROM begin_at FOR length), substring($11::bytea FROM (n::int - 1) * 32 + 1 FOR 32)
  FROM given g
  WHERE (SELECT true FROM ledger_entry_key k WHERE (k.log, k.kind, k.entry_id) = (g.log, g.kind, g.entry_id)) IS NULL
  ORDER BY n
  ON CONFLICT (log, kind, entry_id) DO NOTHING`;

const differing = `
  SELECT DISTINCT g.log, g.kind, g.entry_id AS id
  FROM unnest($1::text[], $2::text[], $3::uuid[]) WITH ORDINALITY AS g(log, kind, entry_id, n)
  LEFT JOIN ledger_entry_key k USING (log, kind, entry_id)
  LEFT JOIN ledger_inbox i USING (log, kind, entry_id)
  WHERE coalesce(k.leaf_hash, i.leaf_hash) <> substring($4::bytea FROM (n::int - 1) * 32 + 1 FOR 32)`;

/** Throws, naming the entry, before anything is written when one cannot be a line. */
export async function appendEntries(pool: Pool, tree: LedgerTree, entries: Entry[]): Promise<AppendAnswer> {
  const answer: AppendAnswer = { appended: 0, already: 0, conflicts: [] };
  for (const chunk of chunked(entries.map((entry) => given(tree, entry)))) {
    const appended = await insertChunk(pool, chunk);
    const conflicts = appended === chunk.length ? [] : await conflictsOf(pool, chunk);
    answer.appended += appended;
    answer.already += chunk.length - appended - conflicts.length;
    answer.conflicts.push(...conflicts);
  }
  return answer;
}

function given(tree: LedgerTree, entry: Entry): Given {
  try {
    const bytes = tree.entryBytes(entry);
    return { ...projectEntry(entry), occurredAt: entry.occurredAt, bytes, leafHash: tree.leafHash(bytes) };
  } catch (error) {
    throw new TypeError(`${entry.kind} ${entry.id} cannot be a line of the ledger: ${String(error)}`, { cause: error });
  }
}

function chunked(all: Given[]): Given[][] {
  const chunks: Given[][] = [];
  let room = 0;
  for (const one of all) {
    const last = chunks.at(-1);
    if (!last || last.length >= chunkEntries || one.bytes.length > room) {
      chunks.push([one]);
      room = chunkBytes - one.bytes.length;
    } else {
      last.push(one);
      room -= one.bytes.length;
    }
  }
  return chunks;
}

const keysOf = (chunk: Given[]) => [
  chunk.map(({ log }) => log),
  chunk.map(({ kind }) => kind),
  chunk.map(({ entryId }) => entryId),
];
const hashesOf = (chunk: Given[]) => Buffer.concat(chunk.map(({ leafHash }) => leafHash));

async function insertChunk(pool: Pool, chunk: Given[]): Promise<number> {
  let end = 1;
  const begins = chunk.map(({ bytes }) => (end += bytes.length) - bytes.length);
  const { rowCount } = await pool.query({
    name: 'ledger_append',
    text: insert,
    values: [
      ...keysOf(chunk),
      chunk.map(({ callId }) => callId),
      chunk.map(({ useCase }) => useCase),
      chunk.map(({ occurredAt }) => occurredAt),
      chunk.map(({ costPico }) => costPico),
      begins,
      chunk.map(({ bytes }) => bytes.length),
      Buffer.concat(chunk.map(({ bytes }) => bytes)),
      hashesOf(chunk),
    ],
  });
  return rowCount ?? 0;
}

async function conflictsOf(pool: Pool, chunk: Given[]): Promise<AppendAnswer['conflicts']> {
  const { rows } = await pool.query<AppendAnswer['conflicts'][number]>(differing, [...keysOf(chunk), hashesOf(chunk)]);
  return rows;
}
