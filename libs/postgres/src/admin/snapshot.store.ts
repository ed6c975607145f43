/** Every snapshot ever published. A feed that lost its memory is filled from here, and versions go on from here. */
import type { PublishedSnapshot } from '#contracts/snapshot-feed.js';
import type { AdminDatabase } from './prisma.js';

const fields = { version: true, sha256: true, body: true } as const;

export interface SnapshotVersion {
  version: number;
  sha256: string;
  publishedAt: string;
  publishedBy: string;
}

export class SnapshotStore {
  constructor(private readonly database: AdminDatabase) {}

  async latest(): Promise<PublishedSnapshot | null> {
    return this.database.snapshot.findFirst({ select: fields, orderBy: { version: 'desc' } });
  }

  async find(version: number): Promise<PublishedSnapshot | null> {
    return this.database.snapshot.findUnique({ where: { version }, select: fields });
  }

  /** Newest first. */
  async versions(count: number): Promise<SnapshotVersion[]> {
    const rows = await this.database.snapshot.findMany({
      omit: { body: true },
      orderBy: { version: 'desc' },
      take: count,
    });
    return rows.map((row) => ({ ...row, publishedAt: row.publishedAt.toISOString() }));
  }

  async add(snapshot: PublishedSnapshot, by: string): Promise<void> {
    const { version, sha256, body } = snapshot;
    await this.database.snapshot.create({ data: { version, sha256, body, publishedBy: by } });
  }
}
