/** Databases to tamper with: one honest log each, copies of it in some 30 ms, and the account that may do anything. */
import type { KeyObject } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallRecordWire } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { migrate } from '#postgres/migrate.js';
import { type LedgerProblem, verifyLedger } from '../../apps/cli/src/verify/verify-ledger.js';
import { type Draw, sampleLog } from './sample-log.js';

export interface SealedLog {
  log: string;
  entries: Entry[];
  /** Sizes at which it was sealed, rising. */
  sealed: number[];
  notes: { size: number; note: string }[];
  /** The last one, as a reader keeps it. */
  note: string;
  folder: string;
}

export interface WorldOptions {
  serverUrl: string;
  projectDir: string;
  scratch: string;
  signing: KeyObject;
}

const base = 'tamper_base';
const originOf = (log: string) => `evals.example/${log}`;

export class TamperWorld {
  private made = 0;

  private constructor(
    private readonly options: WorldOptions,
    private readonly admin: Pool,
    private readonly pool: Pool,
  ) {}

  static async open(options: WorldOptions): Promise<TamperWorld> {
    const admin = connectPool(options.serverUrl, 1);
    for (const name of [base, 'tamper_empty', 'tamper_honest']) await admin.query(`CREATE DATABASE ${name}`);
    for (const name of [base, 'tamper_empty', 'tamper_honest'])
      await migrate(databaseUrl(options.serverUrl, name), join(options.projectDir, 'prisma/migrations'));
    return new TamperWorld(options, admin, connectPool(databaseUrl(options.serverUrl, 'tamper_honest'), 4));
  }

  /** Writes a log in three parts, sealing each, and exports it. `acme` is the one that is copied. */
  async seal(log: string, size: number, draw: Draw): Promise<SealedLog> {
    const isBase = log === 'acme';
    const pool = isBase ? connectPool(databaseUrl(this.options.serverUrl, base), 4) : this.pool;
    const entries = sampleLog(log, size, draw);
    const sealed = [...new Set([Math.ceil(size / 2), Math.ceil((size * 5) / 6), size])];
    const notes = await writeSealed(pool, log, entries, sealed, this.signer(log));
    const folder = join(this.options.scratch, log);
    await exportLedger(pool, ledgerTree, log, folder, this.signer(log).verifierKeys);
    if (isBase) await pool.end();
    return { log, entries, sealed, notes, note: notes.at(-1)!.note, folder };
  }

  signer(log: string) {
    return checkpointSigner(originOf(log), this.options.signing);
  }

  /** From files, the public key and the checkpoint alone. */
  async verifyFolder(folder: string, keptCheckpoints: string[]): Promise<LedgerProblem[]> {
    const log = folder
      .split('/')
      .at(-1)!
      .replace(/^copy-\d+-/, '');
    const report = await verifyLedger(folder, {
      keys: this.signer(log).verifierKeys,
      origin: originOf(log),
      keptCheckpoints,
    });
    return report.problems;
  }

  onCopy<T>({ log }: SealedLog, work: (copy: TamperedDatabase) => Promise<T>): Promise<T> {
    return this.onDatabase(base, log, work);
  }

  onEmpty<T>(work: (fresh: TamperedDatabase) => Promise<T>): Promise<T> {
    return this.onDatabase('tamper_empty', 'acme', work);
  }

  private async onDatabase<T>(template: string, log: string, work: (db: TamperedDatabase) => Promise<T>): Promise<T> {
    const name = `tamper_${(this.made += 1)}`;
    await this.admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    const pool = connectPool(databaseUrl(this.options.serverUrl, name), 2);
    const folder = join(this.options.scratch, `copy-${this.made}-${log}`);
    try {
      return await work(new TamperedDatabase(this, pool, log, folder));
    } finally {
      await pool.end();
      await this.admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.admin.end();
  }
}

/** One database in the hands of its owner. */
export class TamperedDatabase {
  constructor(
    private readonly world: TamperWorld,
    private readonly pool: Pool,
    private readonly log: string,
    private readonly folder: string,
  ) {}

  /** With every guard switched off, as an owner can. */
  async asOwner(sql: string): Promise<void> {
    const { rows } = await this.pool.query<{ name: string }>(
      "SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'ledger_refuse_truncate'",
    );
    const unguarded = rows.map(({ name }) => `ALTER TABLE ${name} DISABLE TRIGGER USER;`).join('');
    await this.pool.query(`${unguarded} ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_hashed; ${sql}`);
  }

  async verify(keptCheckpoints: string[]): Promise<LedgerProblem[]> {
    await exportLedger(this.pool, ledgerTree, this.log, this.folder, this.world.signer(this.log).verifierKeys);
    return this.world.verifyFolder(this.folder, keptCheckpoints);
  }

  /** The whole log again, with one call that cost so much more: a line that adds up in itself. */
  async rewrite({ log, entries, sealed }: SealedLog, index: number, tokens: number): Promise<void> {
    const other = entries.map((entry, at) => (at === index ? dearer(entry, tokens) : entry));
    await writeLines(this.pool, log, other.slice(0, sealed.at(-1)));
  }

  /** The notes that were signed over the first story. */
  async adoptNotes({ log, notes }: SealedLog): Promise<void> {
    for (const { size, note } of notes)
      await this.pool.query(
        `INSERT INTO ledger_checkpoint (log, size, root, note) VALUES ($1, $2, (SELECT root FROM ledger_state WHERE log = $1), $3)`,
        [log, size, note],
      );
  }

  /** Signed by the right key, which remembers nothing. */
  async sealForgetful(): Promise<void> {
    await new LedgerStore(this.pool, ledgerTree).checkpoint(this.log, this.world.signer(this.log));
  }

  /** What the signer says that has its last note. */
  async sealRemembering({ log, notes }: SealedLog): Promise<string> {
    const memory = { last: () => Promise.resolve(notes[0]!.note), keep: () => Promise.resolve() };
    return new LedgerStore(this.pool, ledgerTree).checkpoint(log, { ...this.world.signer(log), memory }).then(
      () => 'it signed',
      (error: unknown) => String(error),
    );
  }
}

function dearer(entry: Entry, tokens: number): Entry {
  const body = entry.body as unknown as CallRecordWire;
  const [first, ...rest] = body.lines;
  const quantity = first!.quantity + tokens;
  const costPicoUsd = String(BigInt(first!.ratePicoUsd) * BigInt(quantity));
  const cost = String(BigInt(body.costPicoUsd) + BigInt(costPicoUsd) - BigInt(first!.costPicoUsd));
  const lines = [{ ...first!, quantity, costPicoUsd }, ...rest];
  return { ...entry, body: { ...body, lines, costPicoUsd: cost, chargePicoUsd: cost } };
}

async function writeLines(pool: Pool, log: string, entries: Entry[]): Promise<LedgerStore> {
  const store = new LedgerStore(pool, ledgerTree);
  await store.append(entries);
  while ((await store.sequence(log, 1_000)).sequenced > 0);
  return store;
}

async function writeSealed(
  pool: Pool,
  log: string,
  entries: Entry[],
  sizes: number[],
  signer: ReturnType<typeof checkpointSigner>,
): Promise<SealedLog['notes']> {
  const notes: SealedLog['notes'] = [];
  let from = 0;
  for (const size of sizes) {
    const store = await writeLines(pool, log, entries.slice(from, size));
    notes.push({ size, note: (await store.checkpoint(log, signer))! });
    from = size;
  }
  return notes;
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
