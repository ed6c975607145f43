/**
 * Forgets a subject: the key of its payloads is destroyed, and the ledger says that it was. Lines are not touched: they
 * hold digests of what was said, and verify as before.
 */
import type { Entry } from '#contracts/entry.js';
import type { ErasureBody } from '#contracts/entry-bodies.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { Erased, PayloadStore } from '#postgres/payload/payload.store.js';

export interface EraseParts {
  organisation: string;
  payloads: Pick<PayloadStore, 'erase'>;
  ledger: Pick<LedgerStore, 'append'>;
  newId: () => string;
  nowMs: () => number;
  /** Who asks. */
  actor: string;
}

/** The line is written also when there was nothing: that it was asked for is what has to be shown. */
export async function eraseSubject(parts: EraseParts, subject: string, reason: string): Promise<Erased> {
  const erased = await parts.payloads.erase(subject, parts.nowMs());
  const body: ErasureBody = {
    schema: 'o10.erasure.v1',
    subject: erased.subject,
    payloads: erased.payloads,
    mirrored: 0,
    reason,
  };
  const entry: Entry = {
    schema: 'o10.entry.v1',
    log: parts.organisation,
    kind: 'erasure',
    id: parts.newId(),
    occurredAt: new Date(parts.nowMs()).toISOString(),
    actor: parts.actor,
    body,
  };
  await parts.ledger.append([entry]);
  return erased;
}
