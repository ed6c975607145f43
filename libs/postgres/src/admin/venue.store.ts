/** Venues, credential included in its sealed form. */
import { Venue } from '#contracts/venue.js';
import { type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export class VenueStore {
  constructor(private readonly database: AdminDatabase) {}

  async list(): Promise<Stored<Venue>[]> {
    const rows = await this.database.venue.findMany({ orderBy: { id: 'asc' } });
    return rows.map((row) => storedOf(Venue, `admin_venue ${row.id}`, row));
  }

  async find(id: string): Promise<Stored<Venue> | null> {
    const row = await this.database.venue.findUnique({ where: { id } });
    return row && storedOf(Venue, `admin_venue ${id}`, row);
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

  /** False when there was none. */
  async delete(id: string): Promise<boolean> {
    return (await this.database.venue.deleteMany({ where: { id } })).count > 0;
  }
}
