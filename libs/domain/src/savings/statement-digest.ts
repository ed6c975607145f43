/**
 * What a signature is over. The state is not part of it: a statement is signed once and keeps its signature when it is
 * superseded later, while any changed figure, range or author is another statement.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import type { Statement } from '#contracts/statement.js';

/** As it travels and is stored: money as text. */
export type StatementWire = z.input<typeof Statement>;

/** Lower-case hex SHA-256 of the RFC 8785 JSON of the statement on the wire, without its `state`. */
export function statementDigest(wire: StatementWire): string {
  const { state: _, ...signed } = wire;
  return createHash('sha256').update(canonicalize(signed)!, 'utf8').digest('hex');
}
