/** When each candidate was last observed under a gate, as snapshots are made with it. */
import type { ObservedAt } from '#contracts/snapshot-parts.js';
import type { AdminDatabase } from './prisma.js';

export class FreshnessStore {
  constructor(private readonly database: AdminDatabase) {}

  async all(): Promise<ObservedAt[]> {
    const rows = await this.database.$queryRaw<{ gate: string; candidate: string; revision: string; at: Date }[]>`
      SELECT gate, candidate, revision, observed_at AS at FROM evidence_fresh ORDER BY gate, candidate, revision`;
    return rows.map(({ at, ...of }) => ({ ...of, observedAt: at.toISOString() }));
  }

  async put({ gate, candidate, revision, observedAt }: ObservedAt): Promise<void> {
    await this.database.$executeRaw`
      INSERT INTO evidence_fresh (gate, candidate, revision, observed_at)
      VALUES (${gate}, ${candidate}, ${revision}, ${new Date(observedAt)})
      ON CONFLICT (gate, candidate, revision) DO UPDATE SET observed_at = excluded.observed_at`;
  }
}
