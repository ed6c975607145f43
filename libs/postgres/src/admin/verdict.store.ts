/** What the gate said, every word it ever said. The latest about a candidate counts. */
import { Verdict } from '#contracts/verdict.js';
import { fromJson, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export class VerdictStore {
  constructor(private readonly database: AdminDatabase) {}

  /** Idempotent by id: a verdict is never changed, a second one with its id is ignored. */
  async add(verdict: Verdict): Promise<void> {
    const { id, useCase, gate, baseline, candidate, verdict: word, decidedAt, expiresAt } = verdict;
    const definition = toJson(Verdict, verdict);
    await this.database.verdict.createMany({
      data: [{ id, useCase, gate, baseline, candidate, word, decidedAt, expiresAt, definition }],
      skipDuplicates: true,
    });
  }

  async find(id: string): Promise<Verdict | null> {
    const row = await this.database.verdict.findUnique({ where: { id } });
    return row && fromJson(Verdict, `admin_verdict ${id}`, row.definition);
  }

  /** Newest first. */
  async list(useCase: string | null, count: number): Promise<Verdict[]> {
    const rows = await this.database.verdict.findMany({
      ...(useCase === null ? {} : { where: { useCase } }),
      orderBy: [{ decidedAt: 'desc' }, { id: 'desc' }],
      take: count,
    });
    return rows.map((row) => fromJson(Verdict, `admin_verdict ${row.id}`, row.definition));
  }

  /** The latest of each (use case, gate, candidate), whatever it says. */
  async latest(): Promise<Verdict[]> {
    const rows = await this.database.$queryRaw<{ id: string; definition: unknown }[]>`
      SELECT DISTINCT ON (use_case, gate, candidate) id, definition FROM admin_verdict
      ORDER BY use_case, gate, candidate, decided_at DESC, id DESC`;
    return rows.map((row) => fromJson(Verdict, `admin_verdict ${row.id}`, row.definition));
  }
}
