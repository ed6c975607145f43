/** A line of the ledger: the stored bytes are the RFC 8785 form of this object, and they are what is hashed. */
import { z } from 'zod';
import { Id, Instant, Slug } from './names.js';

export const entryKinds = [
  'call',
  'shadow_replay',
  'judge',
  'hold_expiry',
  'adjustment',
  'price_version',
  'verdict',
  'mode_switch',
  'override',
  'approval',
  'envelope_change',
  'key_event',
  'statement',
  'signature',
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
    /** The noun of that kind on the wire: a CallRecord, a Verdict, a Statement… */
    body: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Entry' });
export type Entry = z.output<typeof Entry>;
