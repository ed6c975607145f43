/** How this worker publishes: what the gate and the shadow change goes the way of every change of admin records. */
import { assembleSnapshot } from '#domain/routing/assemble-snapshot.js';
import type { Publishing } from '#postgres/admin/publish-snapshot.js';
import type { WorkerSettings } from './env.js';
import type { WorkerStores } from './worker-stores.js';

export const publishingOf = (stores: WorkerStores, { ORGANISATION }: WorkerSettings): Publishing => ({
  client: stores.adminClient,
  append: (entries) => stores.ledger.append(entries),
  feed: stores.feed,
  assemble: assembleSnapshot,
  organisation: ORGANISATION,
  nowMs: Date.now,
});
