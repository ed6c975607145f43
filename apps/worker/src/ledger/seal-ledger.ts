/** Gives waiting lines their place, and seals what a log has grown to. Lines of control wait in the same inbox as calls. */
import type { CheckpointSigner } from '#contracts/ledger-tree.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { WorkerMetrics } from '../worker-metrics.js';

export interface SealParts {
  ledger: Pick<LedgerStore, 'sequence' | 'checkpoint' | 'logs' | 'pendingCount'>;
  signerOf: (log: string) => CheckpointSigner;
  metrics: WorkerMetrics;
}

const linesAtOnce = 2_000;

/** Sequences whatever waits in any log. Returns how many lines. */
export async function sequenceWaiting({ ledger, metrics }: SealParts): Promise<number> {
  if ((await ledger.pendingCount()) === 0) return 0;
  let sequenced = 0;
  for (const log of await ledger.logs()) {
    for (;;) {
      const turn = await ledger.sequence(log, linesAtOnce);
      sequenced += turn.sequenced;
      metrics.ledgerSize.set({ log }, turn.size);
      if (turn.sequenced + turn.dropped < linesAtOnce) break;
    }
  }
  metrics.sequenced.inc(sequenced);
  return sequenced;
}

/** Signs a checkpoint of every log that has grown. Returns how many. Throws `LedgerFault` rather than sign two stories. */
export async function sealLogs({ ledger, signerOf, metrics }: SealParts): Promise<number> {
  let sealed = 0;
  for (const log of await ledger.logs()) if ((await ledger.checkpoint(log, signerOf(log))) !== null) sealed += 1;
  metrics.checkpoints.inc(sealed);
  return sealed;
}
