/** The lines the control API adds to the ledger. A line has at most 64 KiB, so it names large things by their digest. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Entry, EntryKind } from '#contracts/entry.js';
import type { Actor, ControlContext } from './control-context.js';

type LineContext = Pick<ControlContext, 'organisation' | 'newId' | 'nowMs'>;

export function lineOf(context: LineContext, actor: Actor, kind: EntryKind, body: Entry['body']): Entry {
  return {
    schema: 'o10.entry.v1',
    log: context.organisation,
    kind,
    id: context.newId(),
    occurredAt: new Date(context.nowMs()).toISOString(),
    actor: actor.name,
    body,
  };
}

/** SHA-256, lower-case hex, of the RFC 8785 JSON. Requires JSON without lone surrogates. */
export function digestOf(wire: unknown): string {
  return createHash('sha256')
    .update(canonicalize(wire) ?? 'null', 'utf8')
    .digest('hex');
}
