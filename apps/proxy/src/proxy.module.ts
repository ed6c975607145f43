/** The whole wiring of the request path on one page. Plain classes, explicit tokens, no scope but the singleton. */
import { createHmac, createSecretKey } from 'node:crypto';
import { type DynamicModule, Module } from '@nestjs/common';
import type { HoldAnswer, HoldRequest, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import { queueConnection } from '#queues/queue-connection.js';
import { MirrorQueue } from '#queues/mirror-queue.js';
import { batchByTurn } from '#runtime/batch-by-turn.js';
import type { Log } from '#runtime/log.js';
import { keyFromHex } from '#runtime/seal.js';
import { Breaker } from '#venues/breaker.js';
import { VenueClient } from '#venues/venue-client.js';
import { AttemptJournal } from './attempt-journal.js';
import { CallsController } from './calls.controller.js';
import { CurrentSnapshot } from './current-snapshot.js';
import type { ProxySettings } from './env.js';
import { FollowFeed } from './follow-feed.js';
import { HealthController } from './health.controller.js';
import { KeyRing } from './key-ring.js';
import { ListModels } from './list-models.js';
import { LocalKnowledge } from './local-knowledge.js';
import { MirrorCall } from './mirror-call.js';
import { OnTheRecord } from './on-the-record.js';
import { ProxyMetrics } from './proxy-metrics.js';
import type { ProxyStores } from './proxy-stores.js';
import { RecordCall } from './record-call.js';
import { SendAttempt } from './send-attempt.js';
import { ServeCall } from './serve-call.js';
import { SettleAttempt } from './settle-attempt.js';

/** Holds and settlements of one event-loop turn travel in one call, up to this many. */
const batchMax = 64;

/** Everything of a running proxy that must be started or closed in order. */
export interface ProxyParts {
  followFeed: FollowFeed;
  settle: SettleAttempt;
  journal: AttemptJournal;
  mirror: MirrorCall;
  venues: VenueClient;
  stores: ProxyStores;
}

export function buildProxy(
  settings: ProxySettings,
  stores: ProxyStores,
  log: Log,
): { module: DynamicModule; parts: ProxyParts } {
  const masterKey = keyFromHex(settings.O10_MASTER_KEY);
  const digestKey = createHmac('sha256', masterKey).update('digest').digest();
  const metrics = new ProxyMetrics();
  const snapshot = new CurrentSnapshot(stores.feed, log, () => metrics.snapshotRefused.inc());
  const keys = new KeyRing(stores.feed, settings.O10_KEY_PEPPER);
  const journal = new AttemptJournal(`${settings.O10_JOURNAL_DIR}`);
  const ask = batchByTurn<Settlement, SettleAnswer>((batch) => stores.desk.settle(batch), batchMax);
  const settle = new SettleAttempt(ask, journal, log);
  const dropped = (reason: string) => metrics.shadowDropped.inc({ reason });
  const connection = queueConnection(
    { redisUrl: settings.REDIS_URL ?? null, databaseUrl: settings.DATABASE_URL ?? null },
    { migrate: false },
  );
  const mirror = new MirrorCall(stores.mirror, new MirrorQueue({ connection, onDropped: dropped }), masterKey, dropped);
  const venues = new VenueClient();
  const record = new RecordCall(new OnTheRecord(createSecretKey(digestKey)), journal, settle, mirror, metrics);
  const serveCall = new ServeCall({
    snapshot,
    keys,
    local: new LocalKnowledge(new Breaker(), digestKey),
    hold: batchByTurn<HoldRequest, HoldAnswer>((batch) => stores.desk.hold(batch), batchMax),
    send: new SendAttempt(venues, masterKey),
    record,
  });
  const followFeed = new FollowFeed(stores.feed, snapshot, keys, log);
  const module: DynamicModule = {
    module: ProxyModule,
    controllers: [CallsController, HealthController],
    providers: [
      { provide: ServeCall, useValue: serveCall },
      { provide: ListModels, useValue: new ListModels(snapshot, keys, record) },
      { provide: CurrentSnapshot, useValue: snapshot },
      { provide: ProxyMetrics, useValue: metrics },
      { provide: SettleAttempt, useValue: settle },
      { provide: RecordCall, useValue: record },
    ],
  };
  return { module, parts: { followFeed, settle, journal, mirror, venues, stores } };
}

@Module({})
export class ProxyModule {}
