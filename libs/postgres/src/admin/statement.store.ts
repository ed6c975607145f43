/** Savings statements on their way from draft to signature. The figures are set when drafted; only the state moves. */
import { Signature, Statement } from '#contracts/statement.js';
import { fromJson, type Stored, storedOf, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

export interface StoredStatement extends Stored<Statement> {
  signature: Signature | null;
  /** What finance asked; kept until the statement is submitted again. */
  question: string | null;
}

export class StatementStore {
  constructor(private readonly database: AdminDatabase) {}

  /** Newest first. */
  async list(useCase: string | null, count: number): Promise<StoredStatement[]> {
    const rows = await this.database.statement.findMany({
      ...(useCase === null ? {} : { where: { useCase } }),
      orderBy: { id: 'desc' },
      take: count,
    });
    return rows.map(statementOf);
  }

  async find(id: string): Promise<StoredStatement | null> {
    const row = await this.database.statement.findUnique({ where: { id } });
    return row && statementOf(row);
  }

  async signed(useCase: string): Promise<StoredStatement[]> {
    const rows = await this.database.statement.findMany({
      where: { useCase, state: 'signed' },
      orderBy: { id: 'desc' },
    });
    return rows.map(statementOf);
  }

  async add(statement: Statement, by: string): Promise<StoredStatement> {
    const { id, useCase, state } = statement;
    const row = await this.database.statement.create({
      data: { id, useCase, state, definition: toJson(Statement, statement), updatedBy: by },
    });
    return statementOf(row);
  }

  /** Requires the statement to exist. `signature` and `question` stay as they are when not given. */
  async move(
    statement: Statement,
    by: string,
    also: { signature?: Signature; question?: string | null } = {},
  ): Promise<StoredStatement> {
    const { id, state } = statement;
    const row = await this.database.statement.update({
      where: { id },
      data: {
        state,
        definition: toJson(Statement, statement),
        ...(also.signature && { signature: toJson(Signature, also.signature) }),
        ...(also.question !== undefined && { question: also.question }),
        updatedBy: by,
        revision: { increment: 1 },
      },
    });
    return statementOf(row);
  }
}

interface Row {
  id: string;
  state: string;
  definition: unknown;
  signature: unknown;
  question: string | null;
  revision: number;
  updatedAt: Date;
  updatedBy: string;
}

function statementOf(row: Row): StoredStatement {
  const name = `admin_statement ${row.id}`;
  const signature = row.signature === null ? null : fromJson(Signature, name, row.signature);
  return { ...storedOf(Statement, name, row), signature, question: row.question };
}
