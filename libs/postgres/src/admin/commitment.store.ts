/** Committed capacity as declared. How its periods are used is in the capacity store. */
import { Commitment } from '#contracts/commitment.js';
import { type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export class CommitmentStore {
  constructor(private readonly database: AdminDatabase) {}

  async list(): Promise<Stored<Commitment>[]> {
    const rows = await this.database.commitment.findMany({ orderBy: { id: 'asc' } });
    return rows.map((row) => storedOf(Commitment, `admin_commitment ${row.id}`, row));
  }

  async find(id: string): Promise<Stored<Commitment> | null> {
    const row = await this.database.commitment.findUnique({ where: { id } });
    return row && storedOf(Commitment, `admin_commitment ${id}`, row);
  }

  async put(commitment: Commitment, by: string): Promise<Stored<Commitment>> {
    const fields = { definition: toJson(Commitment, commitment), updatedBy: by };
    const row = await this.database.commitment.upsert({
      where: { id: commitment.id },
      create: { id: commitment.id, ...fields },
      update: { ...fields, revision: { increment: 1 } },
    });
    return storedOf(Commitment, `admin_commitment ${commitment.id}`, row);
  }

  async delete(id: string): Promise<boolean> {
    return (await this.database.commitment.deleteMany({ where: { id } })).count > 0;
  }
}
