/**
 * Gives back what processes that are gone have held and never used. An intent is on disk before anything is sent, so of a
 * hold of theirs that none of their journals tells of, nothing was bought. Who is gone for good leaves its holds to their
 * expiry, at their ceiling: what its journal says nobody knows.
 */
import type { EnvelopeDesk } from '#contracts/envelope-desk.js';
import { expirySettlement } from '#domain/envelope/expiry-record.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { Log } from '#runtime/log.js';
import { makerOf } from '#runtime/new-id.js';
import type { LeftBehind } from './read-journal.js';
import type { SettleAttempt } from './settle-attempt.js';

export interface ReleaseUnsentParts {
  desk: Pick<EnvelopeDesk, 'epoch' | 'openHolds'>;
  snapshot: { current(): RoutingIndex | null };
  settle: Pick<SettleAttempt, 'settle'>;
  log: Log;
}

/** False: not yet. A desk that was lost may still show as open what has ended, and does not once it is rebuilt. */
export async function releaseUnsent(
  { desk, snapshot, settle, log }: ReleaseUnsentParts,
  { makers, known }: Pick<LeftBehind, 'makers' | 'known'>,
  nowMs: number,
): Promise<boolean> {
  if (makers.size === 0) return true;
  const index = snapshot.current();
  if (!index || (await desk.epoch()) === null) return false;
  const unsent = (await desk.openHolds()).filter(({ holdId }) => makers.has(makerOf(holdId)) && !known.has(holdId));
  const { organisation } = index.snapshot;
  for (const hold of unsent)
    void settle.settle(expirySettlement({ organisation, index, hold, replay: null, nothingSent: true, nowMs }));
  if (unsent.length > 0) log.info({ holds: unsent.length }, 'holds of a process that died before it sent are released');
  return true;
}
