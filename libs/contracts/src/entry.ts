/** A line of the ledger: the stored bytes are the RFC 8785 form of this object, and they are what is hashed. */
import { z } from 'zod';
import { Id, Instant, Slug } from './names.js';

export const entryKinds = [
  'call',
  'attempt',
  'shadow_replay',
  'judge',
  'hold_expiry',
  'adjustment',
  'reversal',
  'standing_charge',
  'price_version',
  'verdict',
  'gate_declared',
  'ramp_step',
  'drift_warning',
  'demotion',
  'certificate_expiry',
  'mode_switch',
  'override',
  'approval',
  'envelope_change',
  'key_event',
  'erasure',
  'archive',
  'statement',
  'signature',
  'checkpoint_import',
] as const;
export const EntryKind = z.enum(entryKinds).meta({ id: 'EntryKind' });
export type EntryKind = z.output<typeof EntryKind>;

export const Entry = z
  .object({
    schema: z.literal('o10.entry.v1'),
    /** The log this line belongs to: one per organisation. */
    log: Slug,
    kind: EntryKind,
    /** With `kind`, the key under which a line is written once. */
    id: Id,
    occurredAt: Instant,
    /** Who acted; null for what the machine did on its own. */
    actor: z.string().nullable(),
    /** The noun of that kind on the wire: a CallRecord, a Verdict, a Statement… What each must hold: entry-bodies.ts. */
    body: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Entry' });
export type Entry = z.output<typeof Entry>;

/**
 * A line as it is read: one written by a later version has a kind or a schema that is not known here. It keeps its
 * place, its bytes and its name; what it says is for those who know it.
 */
export const StoredEntry = Entry.extend({
  schema: z.string().regex(/^o10\.entry\.v[1-9]\d*$/),
  kind: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
}).meta({ id: 'StoredEntry' });
export type StoredEntry = z.output<typeof StoredEntry>;
