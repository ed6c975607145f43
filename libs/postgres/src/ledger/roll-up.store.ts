/**
 * What the ledger's lines sum to, kept day by day as the log grows. Every reading and every addition first holds a day's
 * rows against its checksum; who rewrote both is found by `check`, which makes the sums again from the lines.
 */
import type { Pool, PoolClient } from 'pg';
import type { RollUpRow } from '#contracts/roll-up.js';
import { callKinds } from '#domain/ledger/call-entry.js';
import { correctionKinds } from '#domain/ledger/correction.js';
import { checksumsByDay, RollUp } from '#domain/ledger/roll-up.js';
import { inTransaction } from './in-transaction.js';
import { LedgerFault } from './ledger-fault.js';
import type { LedgerStore } from './ledger.store.js';

/** Days, inclusive, in UTC: `2026-11-20`. */
export interface DayRange {
  fromDay: string;
  toDay: string;
}

export interface RollUps {
  rows: RollUpRow[];
  /** Hex, by day. */
  checksums: Map<string, string>;
}

export interface RollUpCheck {
  /** Lines the sums are over. */
  lines: number;
  /** Days that came out as they are stored, and why each other one did not. */
  same: number;
  different: { day: string; what: string }[];
  /** Days before this one have archived lines, and were not looked at; null where nothing is archived. */
  fromDay: string | null;
}

interface Row {
  day: string;
  use_case: string;
  route: string;
  key: string;
  calls: string;
  attempts: string;
  cost_pico: string;
  charge_pico: string;
  evaluations: string;
  evaluation_cost_pico: string;
  estimated: string;
  unpriced: string;
}

type Reading = Pick<PoolClient, 'query'>;

const linesAtOnce = 5_000;
const allDays: DayRange = { fromDay: '0001-01-01', toDay: '9999-12-31' };
const kinds = [...callKinds, ...correctionKinds];

export class RollUpStore {
  constructor(
    private readonly pool: Pool,
    private readonly log: string,
    private readonly ledger: Pick<LedgerStore, 'entries' | 'size' | 'archived' | 'requireFrom'>,
  ) {}

  /** Adds what has come since, and returns up to which line the sums go. Throws `LedgerFault` where a day does not have its checksum. */
  async grow(): Promise<number> {
    const size = await this.ledger.size(this.log);
    let from = await this.nextIndex();
    await this.ledger.requireFrom(this.log, from);
    while (from < size) {
      const to = Math.min(from + linesAtOnce, size);
      // Another worker was faster: nothing is added twice.
      if (!(await this.add(from, to, await this.fold(from, to)))) return this.nextIndex();
      from = to;
    }
    return from;
  }

  /** Throws `LedgerFault` where a day does not have its checksum: a wrong sum is worse than none. */
  async read(range: DayRange = allDays): Promise<RollUps> {
    const rows = await readRows(this.pool, this.log, range);
    const checksums = await readChecksums(this.pool, this.log, range);
    requireChecksums(this.log, rows, checksums);
    return { rows, checksums };
  }

  /** Makes the sums again from the lines and compares them, day by day, with what is stored. */
  async check(): Promise<RollUpCheck> {
    const { lines, stored, summed } = await this.ofOneInstant();
    const kept = await this.kept();
    const wanted = checksumsByDay(await this.fold(kept.toIndex, lines));
    const known = new Set([...wanted.keys(), ...stored.keys(), ...summed.keys()]);
    const days = [...known].filter((day) => day >= (kept.fromDay ?? '')).sort();
    const different = days.flatMap((day) => {
      const should = wanted.get(day);
      if (summed.get(day) !== should) return { day, what: 'its lines do not sum to its rows' };
      if (stored.get(day) === should) return [];
      return { day, what: `its checksum is ${stored.get(day)}; the lines give ${should}` };
    });
    return { lines, same: days.length - different.length, different, fromDay: kept.fromDay };
  }

  /** Makes the sums again from the first line that is here; days with archived lines stay as they are. */
  async rebuild(): Promise<number> {
    const size = await this.ledger.size(this.log);
    const { toIndex, fromDay } = await this.kept();
    const first = fromDay ?? allDays.fromDay;
    const rows = (await this.fold(toIndex, size)).filter(({ day }) => day >= first);
    await inTransaction(this.pool, async (client) => {
      await lockState(client, this.log);
      await client.query('DELETE FROM ledger_rollup WHERE log = $1 AND day >= $2', [this.log, first]);
      await client.query('DELETE FROM ledger_rollup_day WHERE log = $1 AND day >= $2', [this.log, first]);
      await client.query('UPDATE ledger_rollup_state SET next_index = $2 WHERE log = $1', [this.log, size]);
      await writeRows(client, this.log, rows);
    });
    return size;
  }

  /** Up to which line, and before which day, sums can no longer be made from the lines that are here. */
  private async kept(): Promise<{ toIndex: number; fromDay: string | null }> {
    const last = (await this.ledger.archived(this.log)).at(-1);
    if (!last) return { toIndex: 0, fromDay: null };
    const [year, month] = last.month.split('-').map(Number);
    // The clock that ended an attempt may be ahead of the one that recorded it: the day after the month is not whole either.
    return { toIndex: last.to, fromDay: new Date(Date.UTC(year!, month!, 2)).toISOString().slice(0, 10) };
  }

  private ofOneInstant(): Promise<{ lines: number; stored: Map<string, string>; summed: Map<string, string> }> {
    const read = async (client: PoolClient) => ({
      lines: await this.nextIndex(client),
      stored: await readChecksums(client, this.log, allDays),
      summed: checksumsByDay(await readRows(client, this.log, allDays)),
    });
    return inTransaction(this.pool, read, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  }

  private async nextIndex(client: Reading = this.pool): Promise<number> {
    const { rows } = await client.query<{ next_index: string }>(
      'SELECT next_index FROM ledger_rollup_state WHERE log = $1',
      [this.log],
    );
    return Number(rows[0]?.next_index ?? 0);
  }

  private async fold(fromIndex: number, toIndex: number): Promise<RollUpRow[]> {
    const sums = new RollUp();
    for await (const { entry } of this.ledger.entries(this.log, { fromIndex, toIndex, kinds })) sums.addEntry(entry);
    return sums.rows();
  }

  private add(from: number, to: number, more: RollUpRow[]): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      if ((await lockState(client, this.log)) !== from) return false;
      await client.query('UPDATE ledger_rollup_state SET next_index = $2 WHERE log = $1', [this.log, to]);
      const touched = [...Map.groupBy(more, ({ day }) => day)];
      for (const [day, rows] of touched) {
        const range = { fromDay: day, toDay: day };
        const before = await readRows(client, this.log, range);
        requireChecksums(this.log, before, await readChecksums(client, this.log, range));
        const sums = new RollUp(before);
        sums.merge(rows);
        await writeRows(client, this.log, sums.rows());
      }
      return true;
    });
  }
}

/** Where the sums end; nobody else adds to them until the transaction does. */
async function lockState(client: PoolClient, log: string): Promise<number> {
  await client.query('INSERT INTO ledger_rollup_state (log) VALUES ($1) ON CONFLICT DO NOTHING', [log]);
  const { rows } = await client.query<{ next_index: string }>(
    'SELECT next_index FROM ledger_rollup_state WHERE log = $1 FOR UPDATE',
    [log],
  );
  return Number(rows[0]?.next_index);
}

function requireChecksums(log: string, rows: RollUpRow[], stored: Map<string, string>): void {
  const are = checksumsByDay(rows);
  for (const day of new Set([...are.keys(), ...stored.keys()])) {
    if (are.get(day) !== stored.get(day))
      throw new LedgerFault(log, `the roll-up of ${day} does not have its checksum: "o10 ledger rollups --rebuild"`);
  }
}

async function readRows(client: Reading, log: string, { fromDay, toDay }: DayRange): Promise<RollUpRow[]> {
  const { rows } = await client.query<Row>(
    `SELECT to_char(day, 'YYYY-MM-DD') AS day, use_case, route, key, calls, attempts, cost_pico::text, charge_pico::text,
       evaluations, evaluation_cost_pico::text, estimated, unpriced
     FROM ledger_rollup WHERE log = $1 AND day BETWEEN $2 AND $3 ORDER BY day, use_case, route, key`,
    [log, fromDay, toDay],
  );
  return rows.map((row) => ({
    day: row.day,
    useCase: row.use_case,
    route: row.route || null,
    key: row.key || null,
    calls: Number(row.calls),
    attempts: Number(row.attempts),
    costPicoUsd: BigInt(row.cost_pico),
    chargePicoUsd: BigInt(row.charge_pico),
    evaluations: Number(row.evaluations),
    evaluationCostPicoUsd: BigInt(row.evaluation_cost_pico),
    estimated: Number(row.estimated),
    unpriced: Number(row.unpriced),
  }));
}

async function readChecksums(client: Reading, log: string, { fromDay, toDay }: DayRange): Promise<Map<string, string>> {
  const { rows } = await client.query<{ day: string; checksum: string }>(
    `SELECT to_char(day, 'YYYY-MM-DD') AS day, encode(checksum, 'hex') AS checksum
     FROM ledger_rollup_day WHERE log = $1 AND day BETWEEN $2 AND $3 ORDER BY day`,
    [log, fromDay, toDay],
  );
  return new Map(rows.map(({ day, checksum }) => [day, checksum]));
}

/** Requires all rows of each day. */
async function writeRows(client: PoolClient, log: string, rows: RollUpRow[]): Promise<void> {
  const column = <T>(of: (row: RollUpRow) => T) => rows.map(of);
  await client.query(
    `INSERT INTO ledger_rollup (log, day, use_case, route, key, calls, attempts, cost_pico, charge_pico, evaluations,
       evaluation_cost_pico, estimated, unpriced)
     SELECT $1, * FROM unnest($2::date[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::numeric[],
       $9::numeric[], $10::bigint[], $11::numeric[], $12::bigint[], $13::bigint[])
     ON CONFLICT (log, day, use_case, route, key) DO UPDATE SET calls = excluded.calls, attempts = excluded.attempts,
       cost_pico = excluded.cost_pico, charge_pico = excluded.charge_pico, evaluations = excluded.evaluations,
       evaluation_cost_pico = excluded.evaluation_cost_pico, estimated = excluded.estimated, unpriced = excluded.unpriced`,
    [
      log,
      column(({ day }) => day),
      column(({ useCase }) => useCase),
      column(({ route }) => route ?? ''),
      column(({ key }) => key ?? ''),
      column(({ calls }) => calls),
      column(({ attempts }) => attempts),
      column(({ costPicoUsd }) => String(costPicoUsd)),
      column(({ chargePicoUsd }) => String(chargePicoUsd)),
      column(({ evaluations }) => evaluations),
      column(({ evaluationCostPicoUsd }) => String(evaluationCostPicoUsd)),
      column(({ estimated }) => estimated),
      column(({ unpriced }) => unpriced),
    ],
  );
  const checksums = checksumsByDay(rows);
  await client.query(
    `INSERT INTO ledger_rollup_day (log, day, checksum)
     SELECT $1, day, decode(checksum, 'hex') FROM unnest($2::date[], $3::text[]) AS d(day, checksum)
     ON CONFLICT (log, day) DO UPDATE SET checksum = excluded.checksum`,
    [log, [...checksums.keys()], [...checksums.values()]],
  );
}
