/**
 * How every declared thing is put and deleted: one change, one line in the ledger, one snapshot. What is put as it was
 * changes nothing and writes nothing, so applying a file twice equals applying it once.
 */
import type { Entry, EntryKind } from '#contracts/entry.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import type { Stored } from '#postgres/admin/definition.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from './control-context.js';
import { digestOf, lineOf } from './ledger-line.js';

export interface Declared<Noun> {
  /** `venue`, `route`…: the word in the ledger line and in problems. */
  subject: string;
  store(stores: AdminStores): {
    find(name: string): Promise<Stored<Noun> | null>;
    put(noun: Noun, by: string): Promise<Stored<Noun>>;
    delete(name: string): Promise<boolean>;
  };
  /** The noun on the wire. Its digest goes into the ledger. */
  wire(noun: Noun): unknown;
  /** The line in the ledger, where it is not an `approval` of the digest. */
  line?(body: ChangeLine, before: Noun | null, after: Noun | null): { kind: EntryKind; body: Entry['body'] };
  /** What must be true outside before proxies hear of the change. */
  beforeCommit?(noun: Noun): Promise<void>;
}

export interface ChangeLine extends Record<string, unknown> {
  subject: string;
  name: string;
  action: 'put' | 'delete';
  revision: number;
}

type ChangeContext = Pick<ControlContext, 'publishing' | 'organisation' | 'newId' | 'nowMs'>;

/** `next` gets what is there and may throw a problem. */
export async function putDefinition<Noun>(
  context: ChangeContext,
  actor: Actor,
  declared: Declared<Noun>,
  name: string,
  next: (current: Noun | null) => Noun,
): Promise<Stored<Noun>> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async (stores) => {
    const store = declared.store(stores);
    const current = await store.find(name);
    const noun = next(current?.definition ?? null);
    const digest = digestOf(declared.wire(noun));
    const before = current && digestOf(declared.wire(current.definition));
    if (current && digest === before) return { result: current, entries: [] };
    const stored = await store.put(noun, actor.name);
    const change: ChangeLine = { subject: declared.subject, name, action: 'put', revision: stored.revision };
    const line = declared.line?.(change, current?.definition ?? null, noun) ?? approval({ ...change, digest, before });
    return {
      result: stored,
      entries: [lineOf(context, actor, line.kind, line.body)],
      beforeCommit: () => declared.beforeCommit?.(noun) ?? Promise.resolve(),
    };
  });
  return result;
}

/** False when there was none. */
export async function deleteDefinition<Noun>(
  context: ChangeContext,
  actor: Actor,
  declared: Declared<Noun>,
  name: string,
): Promise<boolean> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async (stores) => {
    const store = declared.store(stores);
    const current = await store.find(name);
    if (!current) return { result: false, entries: [] };
    await store.delete(name);
    const before = digestOf(declared.wire(current.definition));
    const change: ChangeLine = { subject: declared.subject, name, action: 'delete', revision: current.revision };
    const line = declared.line?.(change, current.definition, null) ?? approval({ ...change, before });
    return { result: true, entries: [lineOf(context, actor, line.kind, line.body)] };
  });
  return result;
}

const approval = (body: Entry['body']) => ({ kind: 'approval' as const, body });
