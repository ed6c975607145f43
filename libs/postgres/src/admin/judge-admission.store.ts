/** Which judges may gate, as a snapshot is made of it. One transaction with everything else that is declared. */
import type { AdminDatabase } from './prisma.js';

export class JudgeAdmissionStore {
  constructor(private readonly database: AdminDatabase) {}

  /** Use case and judge key of every judge that passed its test. */
  async list(): Promise<{ useCase: string; judgeKey: string }[]> {
    return this.database.$queryRaw`SELECT use_case AS "useCase", judge_key AS "judgeKey" FROM judge_admission`;
  }

  async admit(useCase: string, judgeKey: string): Promise<void> {
    await this.database
      .$executeRaw`INSERT INTO judge_admission (use_case, judge_key) VALUES (${useCase}, ${judgeKey}) ON CONFLICT DO NOTHING`;
  }

  async dismiss(useCase: string, judgeKey: string): Promise<void> {
    await this.database
      .$executeRaw`DELETE FROM judge_admission WHERE use_case = ${useCase} AND judge_key = ${judgeKey}`;
  }
}
