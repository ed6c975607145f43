/** Keeps the desk's envelopes as they are declared, with windows ahead. A desk that lost everything is rebuilt from the ledger. */
import { DeskNotBuilt, type EnvelopeDesk } from '#contracts/envelope-desk.js';
import { callKinds } from '#domain/ledger/call-entry.js';
import type { EnvelopeStore } from '#postgres/admin/envelope.store.js';
import type { EvidenceStore } from '#postgres/evidence/evidence.store.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { Log } from '#runtime/log.js';
import { deskEnvelopes } from '#domain/envelope/desk-envelopes.js';
import { deskStateOf } from './desk-state.js';

export interface KeepEnvelopesParts {
  organisation: string;
  desk: Pick<EnvelopeDesk, 'putEnvelopes' | 'rebuild'>;
  envelopes: Pick<EnvelopeStore, 'list'>;
  ledger: Pick<LedgerStore, 'entries' | 'size'>;
  evidence: Pick<EvidenceStore, 'nextPositions'>;
  /** Everything the desk has waiting is in the ledger, and has its place there, when this resolves. */
  drainAll: () => Promise<void>;
  log: Log;
}

const envelopesAtOnce = 1_000;

/** Returns how many envelopes the desk was told of. */
export async function keepEnvelopes(parts: KeepEnvelopesParts, nowMs: number): Promise<number> {
  const declared = deskEnvelopes(
    (await parts.envelopes.list()).map(({ definition }) => definition),
    nowMs,
  );
  try {
    for (let from = 0; from < declared.length; from += envelopesAtOnce)
      await parts.desk.putEnvelopes(declared.slice(from, from + envelopesAtOnce));
    return declared.length;
  } catch (error) {
    if (!(error instanceof DeskNotBuilt)) throw error;
  }
  await parts.drainAll();
  const size = await parts.ledger.size(parts.organisation);
  parts.log.warn({ lines: size }, 'the desk knows nothing: rebuilding it from the ledger');
  const records = parts.ledger.entries(parts.organisation, { fromIndex: 0, toIndex: size, kinds: [...callKinds] });
  const state = await deskStateOf(records, declared, await parts.evidence.nextPositions());
  await parts.desk.rebuild(state);
  parts.log.info({ envelopes: declared.length, balances: state.balances.length }, 'the desk is rebuilt');
  return declared.length;
}
