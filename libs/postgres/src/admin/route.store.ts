/** Routes, and the aliases by which a call's `model` means one. */
import { Route } from '#contracts/venue.js';
import { type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export interface ModelAlias {
  model: string;
  route: string;
}

export class RouteStore {
  constructor(private readonly database: AdminDatabase) {}

  async list(): Promise<Stored<Route>[]> {
    const rows = await this.database.route.findMany({ orderBy: { id: 'asc' } });
    return rows.map((row) => storedOf(Route, `admin_route ${row.id}`, row));
  }

  async find(id: string): Promise<Stored<Route> | null> {
    const row = await this.database.route.findUnique({ where: { id } });
    return row && storedOf(Route, `admin_route ${id}`, row);
  }

  async put(route: Route, by: string): Promise<Stored<Route>> {
    const fields = { venue: route.venue, definition: toJson(Route, route), updatedBy: by };
    const row = await this.database.route.upsert({
      where: { id: route.id },
      create: { id: route.id, ...fields },
      update: { ...fields, revision: { increment: 1 } },
    });
    return storedOf(Route, `admin_route ${route.id}`, row);
  }

  async delete(id: string): Promise<boolean> {
    return (await this.database.route.deleteMany({ where: { id } })).count > 0;
  }

  async listAliases(): Promise<ModelAlias[]> {
    return this.database.modelAlias.findMany({ select: { model: true, route: true }, orderBy: { model: 'asc' } });
  }

  async putAlias(alias: ModelAlias, by: string): Promise<void> {
    const { model, route } = alias;
    await this.database.modelAlias.upsert({
      where: { model },
      create: { model, route, updatedBy: by },
      update: { route, updatedBy: by, revision: { increment: 1 } },
    });
  }

  async deleteAlias(model: string): Promise<boolean> {
    return (await this.database.modelAlias.deleteMany({ where: { model } })).count > 0;
  }
}
