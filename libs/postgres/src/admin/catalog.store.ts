/** Facts about models and venues. The last word of whoever put them; prices and evidence live elsewhere. */
import { CatalogModel, CatalogVenue, catalogIdOf } from '#contracts/catalog.js';
import { fromJson, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export class CatalogStore {
  constructor(private readonly database: AdminDatabase) {}

  async models(): Promise<CatalogModel[]> {
    return (await this.rows('model')).map(({ id, definition }) =>
      fromJson(CatalogModel, `admin_catalog_entry ${id}`, definition),
    );
  }

  async venues(): Promise<CatalogVenue[]> {
    return (await this.rows('venue')).map(({ id, definition }) =>
      fromJson(CatalogVenue, `admin_catalog_entry ${id}`, definition),
    );
  }

  async putModel(model: CatalogModel, by: string): Promise<void> {
    await this.put('model', catalogIdOf(model), toJson(CatalogModel, model), by);
  }

  async putVenue(venue: CatalogVenue, by: string): Promise<void> {
    await this.put('venue', venue.venue, toJson(CatalogVenue, venue), by);
  }

  private rows(kind: string) {
    return this.database.catalogEntry.findMany({ where: { kind }, orderBy: { id: 'asc' } });
  }

  private async put(kind: string, id: string, definition: ReturnType<typeof toJson>, updatedBy: string): Promise<void> {
    await this.database.catalogEntry.upsert({
      where: { kind_id: { kind, id } },
      create: { kind, id, definition, updatedBy },
      update: { definition, updatedBy },
    });
  }
}
