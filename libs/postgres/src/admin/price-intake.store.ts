/** Price changes that wait or were decided, and the latest claims of each source. A decided change never changes again. */
import { z } from 'zod';
import { PriceChange, type PriceChangeState, PriceClaim } from '#contracts/api/price-intake-api.js';
import { fromJson, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export interface StoredImport {
  source: string;
  fileSha256: string;
  claims: PriceClaim[];
  submittedAt: string;
  submittedBy: string;
}

const Claims = z.array(PriceClaim);

export class PriceIntakeStore {
  constructor(private readonly database: AdminDatabase) {}

  /** Of every source but this one: what they last said. */
  async importsBeside(source: string): Promise<StoredImport[]> {
    const rows = await this.database.priceImport.findMany({
      where: { source: { not: source } },
      orderBy: { source: 'asc' },
    });
    return rows.map((row) => ({
      source: row.source,
      fileSha256: row.fileSha256,
      claims: fromJson(Claims, `admin_price_import ${row.source}`, row.claims),
      submittedAt: row.submittedAt.toISOString(),
      submittedBy: row.submittedBy,
    }));
  }

  /** Replaces what the source said before. */
  async keepImport({ source, claims, ...also }: StoredImport): Promise<void> {
    const fields = { ...also, claims: toJson(Claims, claims) };
    await this.database.priceImport.upsert({ where: { source }, create: { source, ...fields }, update: fields });
  }

  /** Newest first. */
  async changes(state: PriceChangeState | null, count: number): Promise<PriceChange[]> {
    const rows = await this.database.priceChange.findMany({
      ...(state === null ? {} : { where: { state } }),
      orderBy: [{ submittedAt: 'desc' }, { id: 'desc' }],
      take: count,
    });
    return rows.map((row) => fromJson(PriceChange, `admin_price_change ${row.id}`, row.definition));
  }

  async find(id: string): Promise<PriceChange | null> {
    const row = await this.database.priceChange.findUnique({ where: { id } });
    return row && fromJson(PriceChange, `admin_price_change ${id}`, row.definition);
  }

  /** Pending ones of the same source give way to it. */
  async add(change: PriceChange): Promise<void> {
    for (const old of await this.database.priceChange.findMany({ where: { source: change.source, state: 'pending' } }))
      await this.put({ ...fromJson(PriceChange, `admin_price_change ${old.id}`, old.definition), state: 'superseded' });
    const { id, state, source, submittedAt } = change;
    await this.database.priceChange.create({
      data: { id, state, source, submittedAt, definition: toJson(PriceChange, change) },
    });
  }

  /** Requires the change to be there and pending: the table's trigger refuses everything else. */
  async put(change: PriceChange): Promise<void> {
    const { id, state } = change;
    await this.database.priceChange.update({ where: { id }, data: { state, definition: toJson(PriceChange, change) } });
  }
}
