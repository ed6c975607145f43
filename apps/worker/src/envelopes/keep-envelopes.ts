/** Keeps the desk's envelopes as they are declared, with windows ahead. A desk that lost everything is rebuilt from the ledger. */
import { type DeskEnvelope, DeskNotBuilt, type EnvelopeDesk } from '#contracts/envelope-desk.js';
import { deskEnvelopes } from '#domain/envelope/desk-envelopes.js';
import type { EnvelopeStore } from '#postgres/admin/envelope.store.js';
import { rebuildDesk, type RebuildParts } from './rebuild-desk.js';

export interface KeepEnvelopesParts extends RebuildParts {
  desk: RebuildParts['desk'] & Pick<EnvelopeDesk, 'putEnvelopes' | 'epoch' | 'books'>;
  envelopes: Pick<EnvelopeStore, 'list'>;
}

const envelopesAtOnce = 1_000;

/**
 * Whether the desk is the one that was built last; if not, it is rebuilt. It is another one when its store was lost, was
 * started again, or is an older copy of itself.
 */
export async function watchDesk(parts: KeepEnvelopesParts, nowMs: number): Promise<void> {
  const epoch = await parts.desk.epoch();
  if (epoch === null || epoch !== (await parts.spend.state()).deskEpoch)
    await rebuildDesk(parts, await declaredNow(parts, nowMs));
}

/** Returns how many envelopes the desk was told of. */
export async function keepEnvelopes(parts: KeepEnvelopesParts, nowMs: number): Promise<number> {
  await watchDesk(parts, nowMs);
  const declared = await declaredNow(parts, nowMs);
  if (!(await put(parts, declared))) await rebuildDesk(parts, declared);
  return declared.length;
}

export const declaredNow = async (
  { envelopes }: Pick<KeepEnvelopesParts, 'envelopes'>,
  nowMs: number,
): Promise<DeskEnvelope[]> =>
  deskEnvelopes(
    (await envelopes.list()).map(({ definition }) => definition),
    nowMs,
  );

/** False: the desk was never built, or has lost everything. */
async function put({ desk }: KeepEnvelopesParts, envelopes: DeskEnvelope[]): Promise<boolean> {
  try {
    for (let from = 0; from < envelopes.length; from += envelopesAtOnce)
      await desk.putEnvelopes(envelopes.slice(from, from + envelopesAtOnce));
    return true;
  } catch (error) {
    if (error instanceof DeskNotBuilt) return false;
    throw error;
  }
}
