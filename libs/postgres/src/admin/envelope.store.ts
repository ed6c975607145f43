/** Envelopes as declared. What is settled and held in them lives in the desk. */
import { Envelope } from '#contracts/envelope.js';
import { type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export class EnvelopeStore {
  constructor(private readonly database: AdminDatabase) {}

  async list(): Promise<Stored<Envelope>[]> {
    const rows = await this.database.envelope.findMany({ orderBy: { id: 'asc' } });
    return rows.map((row) => storedOf(Envelope, `admin_envelope ${row.id}`, row));
  }

  async find(id: string): Promise<Stored<Envelope> | null> {
    const row = await this.database.envelope.findUnique({ where: { id } });
    return row && storedOf(Envelope, `admin_envelope ${id}`, row);
  }

  async put(envelope: Envelope, by: string): Promise<Stored<Envelope>> {
    const fields = { definition: toJson(Envelope, envelope), updatedBy: by };
    const row = await this.database.envelope.upsert({
      where: { id: envelope.id },
      create: { id: envelope.id, ...fields },
      update: { ...fields, revision: { increment: 1 } },
    });
    return storedOf(Envelope, `admin_envelope ${envelope.id}`, row);
  }

  async delete(id: string): Promise<boolean> {
    return (await this.database.envelope.deleteMany({ where: { id } })).count > 0;
  }
}
