/** The share of calls each use case is replayed at, as planned. One transaction with the snapshot that carries it. */
import type { PlannedShare } from '#contracts/snapshot-parts.js';
import type { AdminDatabase } from './prisma.js';

export class ShadowPlanStore {
  constructor(private readonly database: AdminDatabase) {}

  /** By use case. */
  async all(): Promise<Record<string, PlannedShare>> {
    const rows = await this.database.$queryRaw<(PlannedShare & { useCase: string })[]>`
      SELECT use_case AS "useCase", gate, share, share_by AS "shareBy" FROM shadow_plan`;
    return Object.fromEntries(rows.map(({ useCase, ...plan }) => [useCase, plan]));
  }

  async put(useCase: string, { gate, share, shareBy }: PlannedShare): Promise<void> {
    await this.database.$executeRaw`
      INSERT INTO shadow_plan (use_case, gate, share, share_by) VALUES (${useCase}, ${gate}, ${share}, ${shareBy})
      ON CONFLICT (use_case) DO UPDATE SET gate = excluded.gate, share = excluded.share, share_by = excluded.share_by,
        planned_at = clock_timestamp()`;
  }
}
