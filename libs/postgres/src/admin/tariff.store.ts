/** What callers are offered and charged, each part under its kind and name. */
import type { z } from 'zod';
import { LaneTable } from '#contracts/lane.js';
import { Plan, Subscription } from '#contracts/plan.js';
import { type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

/** There is one table of lanes. */
export const lanesName = 'lanes';

/** The nouns of one kind. */
export class TariffPart<Schema extends z.ZodType> {
  constructor(
    private readonly database: AdminDatabase,
    private readonly kind: string,
    private readonly schema: Schema,
    private readonly nameOf: (noun: z.output<Schema>) => string,
  ) {}

  async list(): Promise<Stored<z.output<Schema>>[]> {
    const rows = await this.database.tariff.findMany({ where: { kind: this.kind }, orderBy: { name: 'asc' } });
    return rows.map((row) => storedOf(this.schema, `admin_tariff ${this.kind} ${row.name}`, row));
  }

  async find(name: string): Promise<Stored<z.output<Schema>> | null> {
    const row = await this.database.tariff.findUnique({ where: { kind_name: { kind: this.kind, name } } });
    return row && storedOf(this.schema, `admin_tariff ${this.kind} ${name}`, row);
  }

  async put(noun: z.output<Schema>, by: string): Promise<Stored<z.output<Schema>>> {
    const { kind } = this;
    const name = this.nameOf(noun);
    const fields = { definition: toJson(this.schema, noun), updatedBy: by };
    const row = await this.database.tariff.upsert({
      where: { kind_name: { kind, name } },
      create: { kind, name, ...fields },
      update: { ...fields, revision: { increment: 1 } },
    });
    return storedOf(this.schema, `admin_tariff ${kind} ${name}`, row);
  }

  async delete(name: string): Promise<boolean> {
    return (await this.database.tariff.deleteMany({ where: { kind: this.kind, name } })).count > 0;
  }
}

export const laneStore = (database: AdminDatabase) => new TariffPart(database, 'lanes', LaneTable, () => lanesName);
export const planStore = (database: AdminDatabase) => new TariffPart(database, 'plan', Plan, ({ id }) => id);
export const subscriptionStore = (database: AdminDatabase) =>
  new TariffPart(database, 'subscription', Subscription, ({ team }) => team);
