/** The whole wiring of the request path on one page. Plain classes, explicit tokens, no scope but the singleton. */
import { createHmac, createSecretKey } from 'node:crypto';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HoldAnswer, HoldRequest, SettleAnswer, Settlement } from '#contracts/envelope-desk.js';
import type { RateAnswer, RateRequest } from '#contracts/rate-counter.js';
import { queueConnection } from '#queues/queue-connection.js';
import { CallJobQueue } from '#queues/call-job-queue.js';
import { batchByTurn } from '#runtime/batch-by-turn.js';
import type { Log } from '#runtime/log.js';
import { keyFromHex } from '#runtime/seal.js';
import { Breaker } from '#venues/breaker.js';
import { RetryBudget } from '#venues/retry-budget.js';
import { VenueClient } from '#venues/venue-client.js';
import { AttemptJournal } from './attempt-journal.js';
import { CapacityView } from './capacity-view.js';
import { CallsController } from './calls.controller.js';
import { CurrentSnapshot } from './current-snapshot.js';
import { EdgeFilter } from './edge.filter.js';
import { DrainServer } from './drain-server.js';
import type { ProxySettings } from './env.js';
import { FollowFeed } from './follow-feed.js';
import { HealthController } from './health.controller.js';
import { FetchKept } from './fetch-kept.js';
import { KeptAnswers } from './kept-answers.js';
import { KeyRing } from './key-ring.js';
import { ListModels } from './list-models.js';
import { LocalKnowledge } from './local-knowledge.js';
import { MirrorCall } from './mirror-call.js';
import { OnTheRecord } from './on-the-record.js';
import { ProxyMetrics } from './proxy-metrics.js';
import { leftBehind, type LeftBehind } from './read-journal.js';
import { releaseUnsent } from './release-unsent.js';
import { readBytesOnly } from './read-bytes.js';
import { PresentAttempts } from './present-attempts.js';
import { proxyStores, type ProxyStores } from './proxy-stores.js';
import { RecordCall } from './record-call.js';
import { SendAttempt } from './send-attempt.js';
import { RequestRates } from './request-rates.js';
import { ServeCall } from './serve-call.js';
import { SettleAttempt } from './settle-attempt.js';

/** Holds and settlements of one event-loop turn travel in one call, up to this many. */
const batchMax = 64;
/** Adding ten jobs at once costs little more than adding one, and the shadow is in no hurry. */
const mirrorFlushMs = 100;

export interface RunningProxy {
  address: string;
  /** Stops listening, lets calls finish up to `drainMs`, hands every ending to the desk. */
  close(drainMs: number): Promise<void>;
}

interface ProxyParts {
  module: DynamicModule;
  serveCall: ServeCall;
  record: RecordCall;
  snapshot: CurrentSnapshot;
  followFeed: FollowFeed;
  settle: SettleAttempt;
  journal: AttemptJournal;
  present: PresentAttempts;
  mirror: MirrorCall;
  venues: VenueClient;
  stores: ProxyStores;
}

/** Settles what a crash left behind, follows the feed, listens. */
export async function startProxy(settings: ProxySettings, log: Log): Promise<RunningProxy> {
  const left = await leftBehind(settings.O10_JOURNAL_DIR);
  const parts = buildProxy(settings, proxyStores(settings), left, log);
  await parts.settle.adopt(left);
  parts.present.start();
  const adapter = new FastifyAdapter({ requestTimeout: 60_000, keepAliveTimeout: 75_000 });
  const app = await NestFactory.create<NestFastifyApplication>(parts.module, adapter, {
    logger: false,
    bodyParser: false,
  });
  readBytesOnly(adapter.getInstance());
  app.useGlobalFilters(new EdgeFilter(parts.record, parts.snapshot));
  await parts.followFeed.start();
  const server = new DrainServer(app.getHttpServer());
  await app.listen(settings.PORT, settings.HOST);
  const address = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return { address, close: (drainMs) => closeProxy(app, server, parts, drainMs) };
}

async function closeProxy(
  app: NestFastifyApplication,
  server: DrainServer,
  parts: ProxyParts,
  drainMs: number,
): Promise<void> {
  await server.drain(drainMs);
  await app.close();
  await parts.venues.close(drainMs);
  await parts.serveCall.idle();
  await parts.mirror.close();
  await parts.present.close();
  await parts.settle.close();
  await parts.journal.close();
  await parts.followFeed.close();
  await Promise.all([parts.stores.rates.close(), parts.stores.desk.close()]);
}

function buildProxy(settings: ProxySettings, stores: ProxyStores, left: LeftBehind, log: Log): ProxyParts {
  const masterKey = keyFromHex(settings.O10_MASTER_KEY);
  const digestKey = createSecretKey(createHmac('sha256', masterKey).update('digest').digest());
  const metrics = new ProxyMetrics();
  const snapshot = new CurrentSnapshot(stores.feed, log, () => metrics.snapshotRefused.inc());
  const capacity = new CapacityView(stores.feed);
  const keys = new KeyRing(stores.feed, settings.O10_KEY_PEPPER);
  const journal = new AttemptJournal(settings.O10_JOURNAL_DIR);
  const ask = batchByTurn<Settlement, SettleAnswer>((batch) => stores.desk.settle(batch), batchMax);
  const settle = new SettleAttempt(ask, journal, log);
  const unsent = () => releaseUnsent({ desk: stores.desk, snapshot, settle, log }, left, Date.now());
  const present = new PresentAttempts(stores.desk, journal, settle, log, unsent);
  const dropped = (reason: string) => metrics.shadowDropped.inc({ reason });
  const queueStore = { redisUrl: settings.REDIS_URL ?? null, databaseUrl: settings.DATABASE_URL ?? null };
  const notKept = (reason: string) => metrics.notKept.inc({ reason });
  const connection = queueConnection(queueStore, { migrate: true });
  const queues = {
    mirror: new CallJobQueue({
      name: 'mirror',
      connection,
      onDropped: (reason, job) => {
        dropped(reason);
        record.placeVoided(reason, job);
      },
      flushMs: mirrorFlushMs,
    }),
    keep: new CallJobQueue({ name: 'keep', connection, onDropped: notKept, flushMs: mirrorFlushMs }),
  };
  const mirror = new MirrorCall(stores.mirror, queues, createSecretKey(masterKey), dropped, notKept);
  const venues = new VenueClient();
  const record = new RecordCall(new OnTheRecord(digestKey), journal, settle, mirror, metrics);
  const kept = new KeptAnswers(stores.mirror, digestKey, masterKey, () => metrics.answersForgotten.inc());
  const send = new SendAttempt(venues, masterKey);
  const serveCall = new ServeCall({
    snapshot,
    keys,
    local: new LocalKnowledge(new Breaker(), capacity, digestKey),
    hold: batchByTurn<HoldRequest, HoldAnswer>((batch) => stores.desk.hold(batch), batchMax),
    send,
    retries: new RetryBudget(),
    rates: new RequestRates(batchByTurn<RateRequest, RateAnswer>((batch) => stores.rates.take(batch), batchMax)),
    record,
    kept,
    newAttemptId: (nowMs) => journal.newAttemptId(nowMs),
  });
  const module: DynamicModule = {
    module: ProxyModule,
    controllers: [CallsController, HealthController],
    providers: [
      { provide: ServeCall, useValue: serveCall },
      { provide: ListModels, useValue: new ListModels(snapshot, keys, record) },
      { provide: FetchKept, useValue: new FetchKept({ snapshot, keys, record, kept, venues, send, settle }) },
      { provide: CurrentSnapshot, useValue: snapshot },
      { provide: ProxyMetrics, useValue: metrics },
      { provide: SettleAttempt, useValue: settle },
    ],
  };
  const followFeed = new FollowFeed(stores.feed, snapshot, keys, capacity, log);
  return { module, serveCall, record, snapshot, followFeed, settle, journal, present, mirror, venues, stores };
}

@Module({})
class ProxyModule {}
