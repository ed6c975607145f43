/** Labelled cases of a use case, by version. The newest version is the one the gate declares; older ones stay readable. */
import { SuiteCase } from '#contracts/use-case.js';
import { Prisma } from '../generated/client.js';
import { fromJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export interface SuiteVersion {
  useCase: string;
  version: number;
  hash: string;
  caseCount: number;
  uploadedAt: string;
  uploadedBy: string;
}

const casesPerInsert = 5_000;

export class SuiteStore {
  constructor(private readonly database: AdminDatabase) {}

  /** Current versions, one per use case. */
  async list(): Promise<SuiteVersion[]> {
    const rows = await this.database.suite.findMany({
      distinct: ['useCase'],
      orderBy: [{ useCase: 'asc' }, { version: 'desc' }],
    });
    return rows.map(versionOf);
  }

  async current(useCase: string): Promise<SuiteVersion | null> {
    const row = await this.database.suite.findFirst({ where: { useCase }, orderBy: { version: 'desc' } });
    return row && versionOf(row);
  }

  /** The version with this hash, which a verdict's gate was declared with. */
  async byHash(useCase: string, hash: string): Promise<SuiteVersion | null> {
    const row = await this.database.suite.findFirst({ where: { useCase, hash }, orderBy: { version: 'desc' } });
    return row && versionOf(row);
  }

  /** Requires distinct input digests. */
  async add(useCase: string, hash: string, cases: SuiteCase[], by: string): Promise<SuiteVersion> {
    const version = ((await this.current(useCase))?.version ?? 0) + 1;
    const row = await this.database.suite.create({
      data: { useCase, version, hash, caseCount: cases.length, uploadedBy: by },
    });
    for (let from = 0; from < cases.length; from += casesPerInsert) {
      const data = cases.slice(from, from + casesPerInsert).map(({ inputDigest, expected }) => ({
        useCase,
        version,
        inputDigest,
        expected: expected === null ? Prisma.JsonNull : (expected as Prisma.InputJsonValue),
      }));
      await this.database.suiteCase.createMany({ data });
    }
    return versionOf(row);
  }

  /** The case a live call asks, in this version of the suite; null when it asks none. */
  async findCase(useCase: string, version: number, inputDigest: string): Promise<SuiteCase | null> {
    const row = await this.database.suiteCase.findUnique({
      where: { useCase_version_inputDigest: { useCase, version, inputDigest } },
    });
    const { expected } = row ?? {};
    return (
      row && fromJson(SuiteCase, `admin_suite_case ${useCase} ${version} ${inputDigest}`, { inputDigest, expected })
    );
  }

  async cases(useCase: string, version: number): Promise<SuiteCase[]> {
    const rows = await this.database.suiteCase.findMany({
      where: { useCase, version },
      select: { inputDigest: true, expected: true },
      orderBy: { inputDigest: 'asc' },
    });
    return rows.map((row) => fromJson(SuiteCase, `admin_suite_case ${useCase} ${version} ${row.inputDigest}`, row));
  }

  /** What cases ask, sealed. What was kept stays. */
  async keepInputs(
    useCase: string,
    inputs: { inputDigest: string; sealed: Buffer; offersTools: boolean }[],
  ): Promise<void> {
    for (const { inputDigest, sealed, offersTools } of inputs)
      await this.database.$executeRaw`INSERT INTO suite_input (use_case, input_digest, sealed, offers_tools)
        VALUES (${useCase}, ${inputDigest}, ${sealed}, ${offersTools})
        ON CONFLICT (use_case, input_digest)
        DO UPDATE SET sealed = excluded.sealed, offers_tools = excluded.offers_tools`;
  }

  async input(useCase: string, inputDigest: string): Promise<Buffer | null> {
    const rows = await this.database.$queryRaw<{ sealed: Uint8Array }[]>`
      SELECT sealed FROM suite_input WHERE use_case = ${useCase} AND input_digest = ${inputDigest}`;
    return rows[0] ? Buffer.from(rows[0].sealed) : null;
  }

  /** Digests of the current version's cases that can be replayed; `withTools`: of those that offer some. */
  async replayable(useCase: string, { withTools }: { withTools: boolean }): Promise<string[]> {
    const current = await this.current(useCase);
    const rows = await this.database.$queryRaw<{ digest: string }[]>`
      SELECT c.input_digest AS digest FROM admin_suite_case c JOIN suite_input i USING (use_case, input_digest)
      WHERE c.use_case = ${useCase} AND c.version = ${current?.version ?? 0} AND (i.offers_tools OR NOT ${withTools})
      ORDER BY 1`;
    return rows.map(({ digest }) => digest);
  }

  /** All versions, and what their cases ask. */
  async delete(useCase: string): Promise<boolean> {
    await this.database.$executeRaw`DELETE FROM suite_input WHERE use_case = ${useCase}`;
    return (await this.database.suite.deleteMany({ where: { useCase } })).count > 0;
  }
}

function versionOf(row: Omit<SuiteVersion, 'uploadedAt'> & { uploadedAt: Date }): SuiteVersion {
  return { ...row, uploadedAt: row.uploadedAt.toISOString() };
}
