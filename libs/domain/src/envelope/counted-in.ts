/** What counts as spent in a window: its own balance, and of a rolling one those of the buckets before it. */
import type { EnvelopeBalance, WindowSpan } from '#contracts/envelope-desk.js';

type Counted = Pick<EnvelopeBalance, 'window' | 'settledNanoUsd' | 'heldNanoUsd'>;

/** Requires balances of one envelope. */
export function countedIn({ id, also = [] }: WindowSpan, balances: readonly Counted[]) {
  const windows = new Set([id, ...also]);
  const counted = balances.filter(({ window }) => windows.has(window));
  return {
    settledNanoUsd: counted.reduce((sum, { settledNanoUsd }) => sum + settledNanoUsd, 0n),
    heldNanoUsd: counted.reduce((sum, { heldNanoUsd }) => sum + heldNanoUsd, 0n),
  };
}
