/** Use cases. The mode has a column of its own: it is switched by its own rules, never by editing the definition. */
import type { z } from 'zod';
import { type Mode, UseCase } from '#contracts/use-case.js';
import { type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export const UseCaseDefinition = UseCase.omit({ mode: true });
export type UseCaseDefinition = z.output<typeof UseCaseDefinition>;

export class UseCaseStore {
  constructor(private readonly database: AdminDatabase) {}

  async list(): Promise<Stored<UseCase>[]> {
    return (await this.database.useCase.findMany({ orderBy: { slug: 'asc' } })).map(useCaseOf);
  }

  async find(slug: string): Promise<Stored<UseCase> | null> {
    const row = await this.database.useCase.findUnique({ where: { slug } });
    return row && useCaseOf(row);
  }

  /** Keeps the mode; a new use case starts off. */
  async put(definition: UseCaseDefinition, by: string): Promise<Stored<UseCase>> {
    const { slug } = definition;
    const fields = { definition: toJson(UseCaseDefinition, definition), updatedBy: by };
    const row = await this.database.useCase.upsert({
      where: { slug },
      create: { slug, mode: 'off', ...fields },
      update: { ...fields, revision: { increment: 1 } },
    });
    return useCaseOf(row);
  }

  /** Requires the use case to exist. */
  async switchMode(slug: string, mode: Mode, by: string): Promise<Stored<UseCase>> {
    const data = { mode, updatedBy: by, revision: { increment: 1 } };
    return useCaseOf(await this.database.useCase.update({ where: { slug }, data }));
  }

  async delete(slug: string): Promise<boolean> {
    return (await this.database.useCase.deleteMany({ where: { slug } })).count > 0;
  }
}

type Row = { slug: string; mode: string; definition: unknown; revision: number; updatedAt: Date; updatedBy: string };

function useCaseOf(row: Row): Stored<UseCase> {
  const definition = { ...(row.definition as object), mode: row.mode };
  return storedOf(UseCase, `admin_use_case ${row.slug}`, { ...row, definition });
}
