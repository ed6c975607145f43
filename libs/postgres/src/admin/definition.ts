/** Every admin row keeps its noun as JSON; it passes the contract on the way in and on the way out. */
import { z } from 'zod';
import type { Prisma } from '../generated/client.js';

/** A noun with what the table knows of its row. */
export interface Stored<Noun> {
  definition: Noun;
  /** Counts changes from 1. */
  revision: number;
  updatedAt: string;
  updatedBy: string;
}

interface DefinitionRow {
  definition: unknown;
  revision: number;
  updatedAt: Date;
  updatedBy: string;
}

/** A row that no longer fits its contract: written by another version, or by hand. */
export class AdminFault extends Error {
  readonly code = 'admin_fault';
}

/** The noun on the wire, for a Json column. Throws what zod throws: the caller has parsed it before. */
export function toJson<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): Prisma.InputJsonValue {
  return z.encode(schema, value) as Prisma.InputJsonValue;
}

export function fromJson<Schema extends z.ZodType>(schema: Schema, row: string, json: unknown): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AdminFault(`The row ${row} does not fit its contract: ${issue?.path.join('.')}: ${issue?.message}`);
}

export function storedOf<Schema extends z.ZodType>(
  schema: Schema,
  name: string,
  row: DefinitionRow,
): Stored<z.output<Schema>> {
  const { revision, updatedAt, updatedBy } = row;
  return {
    definition: fromJson(schema, name, row.definition),
    revision,
    updatedAt: updatedAt.toISOString(),
    updatedBy,
  };
}
