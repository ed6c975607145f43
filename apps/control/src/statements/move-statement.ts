/**
 * draft → submitted → queried → submitted → signed → superseded. Each step is a line in the ledger. The figures never
 * change: a statement that should say something else is another statement.
 */
import { type Signature, Statement, type StatementState } from '#contracts/statement.js';
import { statementDigest } from '#domain/savings/statement-digest.js';
import { recordChange } from '#postgres/admin/publish-snapshot.js';
import type { StoredStatement } from '#postgres/admin/statement.store.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';

const steps = {
  submit: { from: ['draft', 'queried'], to: 'submitted' },
  query: { from: ['submitted'], to: 'queried' },
  sign: { from: ['submitted'], to: 'signed' },
  supersede: { from: ['signed'], to: 'superseded' },
} as const satisfies Record<string, { from: StatementState[]; to: StatementState }>;

export async function addStatement(
  context: ControlContext,
  actor: Actor,
  statement: Statement,
): Promise<StoredStatement> {
  return recordChange(context.publishing, async ({ statements }) => {
    const result = await statements.add(statement, actor.name);
    return { result, entries: [lineOf(context, actor, 'statement', Statement.encode(statement))] };
  });
}

/** Throws `not_found`, `statement_state`, and for a signature by the author `author_cannot_sign`. */
export async function moveStatement(
  context: ControlContext,
  actor: Actor,
  id: string,
  step: keyof typeof steps,
  question?: string,
): Promise<StoredStatement> {
  return recordChange(context.publishing, async ({ statements }) => {
    const current = await statements.find(id);
    if (!current) throw notFound(`statement ${id}`);
    const { from, to } = steps[step];
    const state = current.definition.state;
    if (step === 'sign' && current.definition.author === actor.name)
      throw new ControlProblem('author_cannot_sign', `${actor.name} wrote statement ${id} and cannot sign it.`);
    if (!(from as readonly StatementState[]).includes(state))
      throw new ControlProblem(
        'statement_state',
        `Statement ${id} is ${state}; to ${step} it, it must be ${from.join(' or ')}.`,
      );
    const statement: Statement = { ...current.definition, state: to };
    const signature = step === 'sign' ? signatureOf(context, actor, statement) : undefined;
    const result = await statements.move(statement, actor.name, {
      ...(signature && { signature }),
      ...(step === 'query' && { question: question ?? null }),
      ...(step === 'submit' && { question: null }),
    });
    const entries = [lineOf(context, actor, 'statement', Statement.encode(statement))];
    if (signature) entries.push(lineOf(context, actor, 'signature', { ...signature, useCase: statement.useCase }));
    return { result, entries };
  });
}

function signatureOf({ nowMs }: ControlContext, actor: Actor, statement: Statement): Signature {
  return {
    statement: statement.id,
    signedBy: actor.name,
    signedAt: new Date(nowMs()).toISOString(),
    statementDigest: statementDigest(Statement.encode(statement)),
  };
}
