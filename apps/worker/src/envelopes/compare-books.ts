/** Compares desk and ledger, and rebuilds a desk that differs: a sum that does not come from lines is nobody's money. */
import type { DeskEnvelope, EnvelopeDesk } from '#contracts/envelope-desk.js';
import { type Drift, findDrift, type FindDriftParts, sumOfDrift } from './find-drift.js';
import { rebuildDesk, type RebuildParts } from './rebuild-desk.js';

export type CompareBooksParts = RebuildParts &
  FindDriftParts & {
    desk: Pick<EnvelopeDesk, 'epoch'>;
    /** Hears what was found, also that nothing was, before it is mended. */
    compared: (drifts: Drift[]) => Promise<void>;
  };

const lookAgainMs = 1_000;

/**
 * What was found, and told as an error, an incident and in `o10_envelope_drift_nano_usd`; null: there is no desk to compare
 * with now.
 * What a worker has settled at the desk and not yet written is seen as drift once, and not a second later.
 */
export async function compareBooks(parts: CompareBooksParts, declared: DeskEnvelope[]): Promise<Drift[] | null> {
  const { desk, metrics, log } = parts;
  const epoch = await desk.epoch();
  if (epoch === null) return null;
  let drifts = await findDrift(parts, declared);
  if (drifts.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    drifts = await findDrift(parts, declared);
  }
  if ((await desk.epoch()) !== epoch) return null; // it was lost meanwhile: what differs will be built again anyway
  metrics.drift.set(Number(sumOfDrift(drifts)));
  await parts.compared(drifts);
  if (drifts.length === 0) return drifts;
  const told = drifts.slice(0, 5).map((one) => ({ ...one, driftNanoUsd: String(one.driftNanoUsd) }));
  log.error({ windows: drifts.length, drifts: told }, 'desk and ledger differ: the desk is rebuilt');
  await rebuildDesk(parts, declared);
  return drifts;
}
