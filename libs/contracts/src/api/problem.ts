/**
 * Every way the control API says no, as RFC 9457 problem details with a stable `code`. Calls on the request path are
 * refused in the caller's own protocol instead: see refusal.ts.
 */
import { z } from 'zod';

interface ProblemKind {
  status: number;
  title: string;
}

export const problemKinds = {
  invalid_request: { status: 400, title: 'The request is not as it must be; `errors` names each field.' },
  unauthenticated: { status: 401, title: 'Send "Authorization: Bearer <token>" of a member.' },
  forbidden: { status: 403, title: 'The role of this member does not allow this.' },
  author_cannot_sign: { status: 403, title: 'A statement is signed by somebody other than its author.' },
  author_cannot_approve: { status: 403, title: 'Prices are approved by somebody other than whoever submitted them.' },
  not_found: { status: 404, title: 'There is no such thing.' },
  name_taken: { status: 409, title: 'The name is taken, or was taken once.' },
  enforce_needs_proof: {
    status: 409,
    title: 'Enforce needs a cleared candidate and a signed statement that covers its verdict.',
  },
  statement_state: { status: 409, title: 'The statement is not in a state that allows this.' },
  statement_empty: { status: 409, title: 'The ledger holds nothing a statement could be made of.' },
  lines_archived: { status: 409, title: 'Lines of that period are archived: "o10 ledger restore" brings them back.' },
  already_reversed: { status: 409, title: 'The correction was taken back before.' },
  corrected_again: { status: 409, title: 'A later correction of the same attempt stands: take that back first.' },
  price_change_state: { status: 409, title: 'The price change is not in a state that allows this.' },
  price_rows_refused: { status: 409, title: 'A row of the change is in such doubt that nobody can accept it.' },
  body_too_large: { status: 413, title: 'The body is larger than 32 MiB.' },
  unsupported_media_type: { status: 415, title: 'Send application/json, or application/jsonl for a suite.' },
  snapshot_invalid: { status: 422, title: 'The change would break the snapshot. Nothing was changed.' },
  ledger_unavailable: { status: 503, title: 'The ledger does not answer. Nothing was changed.' },
  feed_unavailable: { status: 503, title: 'Proxies could not be told. `detail` says whether the change stands.' },
  desk_unavailable: { status: 503, title: 'The envelope desk does not answer.' },
  database_unavailable: { status: 503, title: 'The database does not answer.' },
  internal: { status: 500, title: 'A bug of ours. The log has it under this request id.' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;
const codes = Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]];

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(codes),
    /** What is wrong this time, naming the offender. */
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof Problem>;
