/**
 * The ledger in PostgreSQL: lines in through `append`, into their place through `sequence`, sealed by `checkpoint`.
 * A line has no index, and is in no read below, before it is sequenced.
 */
import type { Pool } from 'pg';
import { type Entry, StoredEntry } from '#contracts/entry.js';
import type { CheckpointSigner, LedgerTree } from '#contracts/ledger-tree.js';
import { type ArchivedRange, archivedRanges } from './archived-ranges.js';
import { type AppendAnswer, appendEntries } from './append-entries.js';
import { exportTo, type LedgerExport } from './export-ledger.js';
import type { ObjectStore } from './object-store.js';
import { LedgerFault } from './ledger-fault.js';
import { runPlan } from './read-tiles.js';
import { type SequenceAnswer, sequenceEntries } from './sequence-entries.js';
import { signCheckpoint } from './sign-checkpoint.js';

export interface LedgerLine {
  index: number;
  recordedAt: string;
  /** One written by a later version may be of a kind that is not known here. */
  entry: StoredEntry;
  /** As stored and hashed. */
  bytes: Uint8Array;
}

export interface LineRange {
  fromIndex: number;
  /** Exclusive. */
  toIndex: number;
  kinds?: string[];
  useCase?: string;
}

export interface StoredCheckpoint {
  size: number;
  /** The C2SP signed note. */
  note: string;
  signedAt: string;
}

export interface InclusionProof {
  index: number;
  size: number;
  leafHash: Uint8Array;
  root: Uint8Array;
  proof: Uint8Array[];
}

interface LineRow {
  leaf_index: string;
  recorded_at: Date;
  bytes: Buffer;
}

const windowLines = 1000;

export class LedgerStore {
  /** `tree` is `ledgerTree` of domain/ledger: the store fetches and writes, and never hashes. */
  constructor(
    private readonly pool: Pool,
    private readonly tree: LedgerTree,
  ) {}

  /** Durable when it returns, once per (log, kind, id). Throws, naming it, when an entry cannot be a line. */
  append(entries: Entry[]): Promise<AppendAnswer> {
    return appendEntries(this.pool, this.tree, entries);
  }

  /** Gives at most `max` waiting lines their index. Throws `LedgerFault` when what is stored contradicts itself. */
  sequence(log: string, max = 2000): Promise<SequenceAnswer> {
    return sequenceEntries(this.pool, this.tree, log, max);
  }

  /** The new signed note; null when nothing was added since the last. Throws `LedgerFault` rather than sign two stories. */
  checkpoint(log: string, signer: CheckpointSigner): Promise<string | null> {
    return signCheckpoint(this.pool, this.tree, log, signer);
  }

  /** What is sealed behind `fromSize` lines, as files. Null: nothing more is. */
  exportTo(log: string, store: ObjectStore, verifierKeys: string[], fromSize: number): Promise<LedgerExport | null> {
    return exportTo(this.pool, this.tree, log, store, verifierKeys, fromSize);
  }

  /** Lines that wait for their index. */
  async pendingCount(log?: string): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(
      'SELECT count(*) FROM ledger_inbox WHERE $1::text IS NULL OR log = $1',
      [log ?? null],
    );
    return Number(rows[0]!.count);
  }

  /** Logs that have lines or wait for some. */
  async logs(): Promise<string[]> {
    const { rows } = await this.pool.query<{ log: string }>(
      'SELECT log FROM ledger_state UNION SELECT log FROM ledger_inbox ORDER BY log',
    );
    return rows.map(({ log }) => log);
  }

  /** Lines of the log; 0 when it has none, or is not known. */
  async size(log: string): Promise<number> {
    const { rows } = await this.pool.query<{ size: string }>('SELECT size FROM ledger_state WHERE log = $1', [log]);
    return Number(rows[0]?.size ?? 0);
  }

  /** Lines that are in archives and not here, oldest first. */
  archived(log: string): Promise<ArchivedRange[]> {
    return archivedRanges(this.pool, log);
  }

  /** Throws `LedgerFault` where a line behind `fromIndex` is in an archive: sums without it would be wrong. */
  async requireFrom(log: string, fromIndex: number): Promise<void> {
    const missing = (await this.archived(log)).find(({ to }) => to > fromIndex);
    if (missing) throw new LedgerFault(log, `${missing.month} is archived: "o10 ledger restore" brings its lines back`);
  }

  /** In order of index; archived ones are not among them. Read in windows of the index, so that a page costs the same whatever the planner believes. */
  async *entries(log: string, { fromIndex, toIndex, kinds, useCase }: LineRange): AsyncGenerator<LedgerLine> {
    const end = Math.min(toIndex, await this.size(log));
    for (let from = fromIndex; from < end; from += windowLines) {
      const { rows } = await this.pool.query<LineRow>({
        name: 'ledger_lines',
        text: `SELECT leaf_index, recorded_at, bytes FROM ledger_entry
          WHERE log = $1 AND leaf_index >= $2 AND leaf_index < $3
            AND ($4::text[] IS NULL OR kind = ANY($4)) AND ($5::text IS NULL OR use_case = $5)
          ORDER BY leaf_index`,
        values: [log, from, Math.min(from + windowLines, end), kinds ?? null, useCase ?? null],
      });
      yield* rows.map(lineOf);
    }
  }

  /** Every line about one call, oldest first. */
  async findByCall(callId: string): Promise<LedgerLine[]> {
    const { rows } = await this.pool.query<LineRow>(
      'SELECT leaf_index, recorded_at, bytes FROM ledger_entry WHERE call_id = $1 ORDER BY recorded_at, leaf_index',
      [callId],
    );
    return rows.map(lineOf);
  }

  /** Lines of these kinds with these ids, in no order. Archived ones are not found. */
  async findByIds(log: string, kinds: readonly string[], ids: readonly string[]): Promise<LedgerLine[]> {
    const { rows } = await this.pool.query<LineRow>(
      `SELECT e.leaf_index, e.recorded_at, e.bytes FROM ledger_entry_key k
       JOIN ledger_entry e ON e.log = k.log AND e.leaf_index = k.leaf_index AND e.recorded_at = k.recorded_at
       WHERE k.log = $1 AND k.kind = ANY ($2) AND k.entry_id = ANY ($3)`,
      [log, kinds, ids],
    );
    return rows.map(lineOf);
  }

  async latestCheckpoint(log: string): Promise<StoredCheckpoint | null> {
    const { rows } = await this.pool.query<{ size: string; note: string; signed_at: Date }>(
      'SELECT size, note, signed_at FROM ledger_checkpoint WHERE log = $1 ORDER BY size DESC LIMIT 1',
      [log],
    );
    const [row] = rows;
    return row ? { size: Number(row.size), note: row.note, signedAt: row.signed_at.toISOString() } : null;
  }

  /** RFC 6962 section 2.1.1, against the root at `size` lines. Requires 0 ≤ index < size ≤ size of the log. */
  async inclusionProof(log: string, index: number, size: number): Promise<InclusionProof> {
    const proof = await runPlan(this.pool, log, this.tree.planInclusion(BigInt(index), BigInt(size)));
    const root = await runPlan(this.pool, log, this.tree.planRoot(BigInt(size)));
    const { rows } = await this.pool.query<{ leaf_hash: Buffer }>(
      'SELECT leaf_hash FROM ledger_entry_key WHERE log = $1 AND leaf_index = $2',
      [log, index],
    );
    const [row] = rows;
    if (!row) throw new RangeError(`Ledger ${log} has no line ${index}`);
    return { index, size, leafHash: row.leaf_hash, root, proof };
  }
}

const lineOf = ({ leaf_index, recorded_at, bytes }: LineRow): LedgerLine => ({
  index: Number(leaf_index),
  recordedAt: recorded_at.toISOString(),
  bytes,
  entry: StoredEntry.parse(JSON.parse(bytes.toString('utf8'))),
});
