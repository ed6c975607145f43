/**
 * Venues, credential included in its sealed form. Of one that is deleted its moves are kept: under the same name another
 * may be declared, and what was proved of the one is not proved of the other.
 */
import { z } from 'zod';
import { Venue } from '#contracts/venue.js';
import { type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

const Deleted = z.strictObject({ deleted: z.literal(true), moves: z.number().int().nonnegative() });
const isDeleted = ({ definition }: { definition: unknown }): boolean => Deleted.safeParse(definition).success;

export class VenueStore {
  constructor(private readonly database: AdminDatabase) {}

  async list(): Promise<Stored<Venue>[]> {
    const rows = await this.database.venue.findMany({ orderBy: { id: 'asc' } });
    return rows.filter((row) => !isDeleted(row)).map((row) => storedOf(Venue, `admin_venue ${row.id}`, row));
  }

  async find(id: string): Promise<Stored<Venue> | null> {
    const row = await this.database.venue.findUnique({ where: { id } });
    return row && !isDeleted(row) ? storedOf(Venue, `admin_venue ${id}`, row) : null;
  }

  async put(venue: Venue, by: string): Promise<Stored<Venue>> {
    const fields = { definition: toJson(Venue, venue), updatedBy: by };
    const row = await this.database.venue.upsert({
      where: { id: venue.id },
      create: { id: venue.id, ...fields },
      update: { ...fields, revision: { increment: 1 } },
    });
    return storedOf(Venue, `admin_venue ${venue.id}`, row);
  }

  /** How often the deleted venue of this name had moved; null: there is none of this name that was deleted. */
  async movesOfDeleted(id: string): Promise<number | null> {
    const row = await this.database.venue.findUnique({ where: { id } });
    return Deleted.safeParse(row?.definition).data?.moves ?? null;
  }

  /** False when there was none. */
  async delete(id: string): Promise<boolean> {
    const stored = await this.find(id);
    if (!stored) return false;
    const definition = { deleted: true, moves: stored.definition.moves ?? 0 };
    await this.database.venue.update({ where: { id }, data: { definition, revision: { increment: 1 } } });
    return true;
  }
}
