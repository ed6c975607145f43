/** A worker's loops over desk and ledger: the product's steps, in the product's rhythm. */
import type { EnvelopeDesk, Settlement } from '#contracts/envelope-desk.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import { makeLog } from '#runtime/log.js';
import { compareBooks } from '../../apps/worker/src/envelopes/compare-books.js';
import { expireHolds } from '../../apps/worker/src/envelopes/expire-holds.js';
import type { Drift } from '../../apps/worker/src/envelopes/find-drift.js';
import { declaredNow, keepEnvelopes, watchDesk } from '../../apps/worker/src/envelopes/keep-envelopes.js';
import { intakeRecords } from '../../apps/worker/src/ledger/intake-records.js';
import { IntakeTurns } from '../../apps/worker/src/ledger/intake-turns.js';
import { Repeat } from '../../apps/worker/src/repeat.js';
import { settleDurably } from '../../apps/worker/src/settle-durably.js';
import { WorkerMetrics } from '../../apps/worker/src/worker-metrics.js';
import type { SimulatedDatabase } from './simulated-database.js';
import { organisation } from './small-world.js';

export interface WorkerPlace {
  desk: EnvelopeDesk;
  database: SimulatedDatabase;
  index: RoutingIndex;
  onCompared: (drifts: Drift[]) => void;
}

const log = makeLog('simulation', 'silent');
const metrics = new WorkerMetrics();
const nothing = () => Promise.resolve();
const everyMs = { intake: 200, watchDesk: 1_000, compare: 3_000, expire: 5_000 };

/** Runs until its process dies. */
export function startWorker({ desk, database, index, onCompared }: WorkerPlace): void {
  const { quarantine, spend, ledger, evidence, envelopes } = database;
  const stores = { desk, ledger, spend, quarantine, evidence, organisation, metrics, log };
  const trueUps = { add: async () => new Set<string>() };
  const takeIn = () => intakeRecords({ ...stores, trueUps, heard: nothing, voidPlace: nothing }, 1_000);
  const turns = new IntakeTurns({ takeIn, sequenceAll: () => ledger.sequenceAll() });
  const parts = {
    ...stores,
    envelopes,
    withIntakeStill: <T>(work: (takeInAll: () => Promise<void>) => Promise<T>) => turns.whileStill(work),
  };
  const compared = (drifts: Drift[]) => Promise.resolve(onCompared(drifts));
  const settle = (settlements: Settlement[]) => settleDurably({ desk, ledger, log }, settlements);
  let kept = false;
  const steps = {
    intake: async () => void ((await turns.turn()) && (await ledger.sequenceAll())),
    watchDesk: async () => {
      if (kept) await watchDesk(parts, Date.now());
      else await keepEnvelopes(parts, Date.now());
      kept = true;
    },
    compare: async () => {
      await compareBooks({ ...parts, compared }, await declaredNow(parts, Date.now()));
    },
    expire: async () => void (await expireHolds({ ...stores, settle, current: () => index }, 100, Date.now())),
  };
  for (const [name, step] of Object.entries(steps)) {
    const restMs = everyMs[name as keyof typeof steps];
    new Repeat({ name, step: () => step().then(() => restMs), metrics, log }).start();
  }
}
