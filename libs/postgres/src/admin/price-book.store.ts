/** Versions of the price book. Nothing is changed here, only added; the table's trigger refuses everything else. */
import { PriceBook } from '#contracts/price.js';
import { fromJson, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export interface PriceBookVersion {
  version: number;
  hash: string;
  rowCount: number;
  approvedAt: string;
  approvedBy: string;
}

const withoutRows = { version: true, hash: true, rowCount: true, approvedAt: true, approvedBy: true } as const;

type Row = Omit<PriceBookVersion, 'approvedAt'> & { approvedAt: Date };
const versionOf = (row: Row): PriceBookVersion => ({ ...row, approvedAt: row.approvedAt.toISOString() });

export class PriceBookStore {
  constructor(private readonly database: AdminDatabase) {}

  /** Newest first. */
  async versions(count: number): Promise<PriceBookVersion[]> {
    const rows = await this.database.priceBook.findMany({
      select: withoutRows,
      orderBy: { version: 'desc' },
      take: count,
    });
    return rows.map(versionOf);
  }

  /** The newest version, which is the one in force; null before the first. */
  async current(): Promise<PriceBook | null> {
    return this.read(await this.database.priceBook.findFirst({ orderBy: { version: 'desc' } }));
  }

  /** By the hash ledger entries and statements name it by. */
  async byHash(hash: string): Promise<PriceBook | null> {
    return this.read(await this.database.priceBook.findFirst({ where: { hash }, orderBy: { version: 'desc' } }));
  }

  async add(book: PriceBook, by: string): Promise<PriceBookVersion> {
    const row = await this.database.priceBook.create({
      data: {
        hash: book.hash,
        rows: toJson(PriceBook.shape.rows, book.rows),
        rowCount: book.rows.length,
        approvedBy: by,
      },
      select: withoutRows,
    });
    return versionOf(row);
  }

  private read(row: { version: number; hash: string; rows: unknown } | null): PriceBook | null {
    return row && fromJson(PriceBook, `admin_price_book ${row.version}`, { hash: row.hash, rows: row.rows });
  }
}
