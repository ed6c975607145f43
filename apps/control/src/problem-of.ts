/** Which problem an error is. Whatever is not known here is a bug of ours: logged in full, told in one word. */
import { DeskFault } from '#contracts/envelope-desk.js';
import type { ProblemCode } from '#contracts/api/problem.js';
import { AppendFault, FeedFault, SnapshotInvalid } from '#postgres/admin/publish-snapshot.js';
import { ControlProblem } from './control-problem.js';

/** What Nest and Fastify throw before a handler runs. */
const codeOfStatus: Record<number, ProblemCode> = {
  400: 'invalid_request',
  404: 'not_found',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

/** Classes 08 and 57P of SQLSTATE, and sockets: the server is not there. */
const goneCode = /^(08|57P)|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOSTUNREACH/;

export function problemOf(error: unknown): ControlProblem {
  if (error instanceof ControlProblem) return error;
  if (error instanceof SnapshotInvalid) {
    const errors = error.problems.map((message) => ({ path: '', message }));
    return new ControlProblem('snapshot_invalid', error.problems[0] ?? error.message, errors);
  }
  if (error instanceof AppendFault) return new ControlProblem('ledger_unavailable', error.message);
  if (error instanceof FeedFault) {
    const stands = error.committed ? 'The change stands and is published with the next one.' : 'Nothing was changed.';
    return new ControlProblem('feed_unavailable', `${error.message}. ${stands}`);
  }
  if (error instanceof DeskFault) return new ControlProblem('desk_unavailable', error.message);
  const known = codeOfStatus[statusOf(error)];
  if (known) return new ControlProblem(known, error instanceof Error ? error.message : 'The request was refused.');
  if (isGone(error)) return new ControlProblem('database_unavailable', 'The database does not answer.');
  return new ControlProblem('internal', 'Something here is broken.');
}

function statusOf(error: unknown): number {
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
  return Number(statusCode ?? status ?? 0);
}

/** Prisma hides the driver's error in `meta` and `cause`; the code is looked for all the way down. */
function isGone(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 4) return false;
  const { code, originalCode, cause, meta, driverAdapterError } = error as Record<string, unknown>;
  const spelled = [code, originalCode].some((text) => typeof text === 'string' && goneCode.test(text));
  return spelled || code === 'P1001' || [cause, meta, driverAdapterError].some((inner) => isGone(inner, depth + 1));
}
