/**
 * A candidate that was demoted and has cooled down may try again: with no evidence from before, on places from now on,
 * and at the price of the gate's next slot. Where none is left it stays out, and keeps the slot it has spent.
 */
import { nextSlot } from '#domain/gate/alpha-ledger.js';
import type { EvidenceLine, GateFolding } from '#postgres/evidence/evidence-line.store.js';

/** The line as it is, unless its time has come. `slotsUsed`: how many of the gate's `slots` are given out. */
export async function reopenLine(
  folding: GateFolding,
  line: EvidenceLine,
  { nowMs, slotsUsed, slots }: { nowMs: number; slotsUsed: number; slots: number },
): Promise<EvidenceLine> {
  if (line.stopped !== 'demoted' || line.coolsUntilMs === null || line.coolsUntilMs > nowMs) return line;
  const slot = nextSlot({ slots }, slotsUsed);
  const reopened: EvidenceLine =
    slot === null
      ? { ...line, stopped: 'no_slot', coolsUntilMs: null }
      : {
          ...line,
          nextPosition: Math.max(line.nextPosition, await folding.placesEnd()),
          slot,
          state: null,
          stopped: null,
          verdict: null,
          announced: true,
          coolsUntilMs: null,
        };
  await folding.save(reopened);
  return reopened;
}
