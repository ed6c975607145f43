/** What the loops of a worker work with. */
import type { Log } from '#runtime/log.js';
import type { MirrorJob } from '#contracts/jobs.js';
import type { CheckpointSigner } from '#contracts/ledger-tree.js';
import type { WebhookQueue } from '#queues/webhook-queue.js';
import type { CurrentIndex } from './current-index.js';
import type { WorkerSettings } from './env.js';
import type { WorkerMetrics } from './worker-metrics.js';
import type { WorkerStores } from './worker-stores.js';

export interface LoopParts {
  settings: WorkerSettings;
  stores: WorkerStores;
  snapshot: CurrentIndex;
  signerOf: (log: string) => CheckpointSigner;
  /** Closes a place in a line of evidence that nobody will fill. */
  voidPlace: (job: MirrorJob) => Promise<void>;
  webhooks: WebhookQueue;
  /** Asks what is due of every suite; how many passes were finished. */
  replaySuites: (nowMs: number) => Promise<number>;
  metrics: WorkerMetrics;
  log: Log;
}
