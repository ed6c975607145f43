/** What enforcing each proof has come to, as snapshots are made with it. Written by evidence/enforcement.store. */
import type { Enforcement } from '#contracts/enforcement.js';
import type { AdminDatabase } from './prisma.js';

interface Row {
  verdict: string;
  ramp_share: number;
  scored_share: number;
  warned: boolean;
  demoted_at: Date | null;
}

export class EnforcementReader {
  constructor(private readonly database: AdminDatabase) {}

  /** By verdict. */
  async all(): Promise<Record<string, Enforcement>> {
    const rows = await this.database.$queryRaw<Row[]>`
      SELECT verdict::text, ramp_share, scored_share, warned, demoted_at FROM enforcement`;
    return Object.fromEntries(
      rows.map((row) => [
        row.verdict,
        {
          verdict: row.verdict,
          rampShare: row.ramp_share,
          scoredShare: row.scored_share,
          warned: row.warned,
          demotedAt: row.demoted_at?.toISOString() ?? null,
        },
      ]),
    );
  }
}
