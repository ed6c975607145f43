/** Opens what the control API works with, from the settings: PostgreSQL always, Redis for desk and feed where there is one. */
import type { EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { assembleSnapshot } from '#domain/routing/assemble-snapshot.js';
import { adminStores } from '#postgres/admin/admin-stores.js';
import { connectAdmin } from '#postgres/admin/prisma.js';
import { AlertStore } from '#postgres/alert/alert.store.js';
import { SpendPointStore } from '#postgres/alert/spend-point.store.js';
import { WebhookStore } from '#postgres/alert/webhook.store.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { PostgresDesk } from '#postgres/desk/postgres-desk.js';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { EnforcementStore } from '#postgres/evidence/enforcement.store.js';
import { SuitePassStore } from '#postgres/evidence/suite-pass.store.js';
import { JudgeLabelStore } from '#postgres/evidence/judge-label.store.js';
import { EvidenceLineStore } from '#postgres/evidence/evidence-line.store.js';
import { CapacityStore } from '#postgres/ledger/capacity.store.js';
import { TrueUpStore } from '#postgres/ledger/true-up.store.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { LedgerSpendStore } from '#postgres/ledger/ledger-spend.store.js';
import { RollUpStore } from '#postgres/ledger/roll-up.store.js';
import { RedisDesk } from '#redis/redis-desk.js';
import { RedisSnapshotFeed } from '#redis/redis-snapshot-feed.js';
import type { Log } from '#runtime/log.js';
import { newId } from '#runtime/new-id.js';
import { keyFromHex } from '#runtime/seal.js';
import type { ControlContext } from './control-context.js';
import type { ControlSettings } from './env.js';

/** A snapshot of thousands of use cases is megabytes: nobody waits on a call for it, so it may take its time. */
const feedTimeoutMs = 5_000;

export interface OpenedControl {
  context: ControlContext;
  close: () => Promise<void>;
}

export function openControl(settings: ControlSettings, log: Log): OpenedControl {
  const pool = connectPool(settings.DATABASE_URL, 8, settings.ORGANISATION);
  const client = connectAdmin(settings.DATABASE_URL);
  const ledger = new LedgerStore(pool, ledgerTree);
  const { desk, feed } = deskAndFeed(settings, pool);
  const context: ControlContext = {
    organisation: settings.ORGANISATION,
    publishing: {
      client,
      append: (entries) => ledger.append(entries),
      feed,
      assemble: assembleSnapshot,
      organisation: settings.ORGANISATION,
      nowMs: Date.now,
    },
    stores: adminStores(client),
    desk,
    ledger,
    spend: new LedgerSpendStore(pool, settings.ORGANISATION),
    rollUps: new RollUpStore(pool, settings.ORGANISATION, ledger),
    evidence: new EvidenceLineStore(pool),
    suitePasses: new SuitePassStore(pool),
    labels: new JudgeLabelStore(pool),
    capacity: new CapacityStore(pool, settings.ORGANISATION),
    enforcement: new EnforcementStore(pool),
    alerts: new AlertStore(pool, settings.ORGANISATION),
    points: new SpendPointStore(pool, settings.ORGANISATION),
    webhooks: new WebhookStore(pool, settings.ORGANISATION),
    trueUps: new TrueUpStore(pool, settings.ORGANISATION),
    masterKey: keyFromHex(settings.O10_MASTER_KEY),
    keyPepper: settings.O10_KEY_PEPPER,
    adminToken: settings.O10_ADMIN_TOKEN,
    nowMs: Date.now,
    newId: () => newId(Date.now()),
    log,
  };
  const close = async () => {
    await Promise.all([desk.close(), feed.close(), client.$disconnect()]);
    await pool.end();
  };
  return { context, close };
}

function deskAndFeed(settings: ControlSettings, pool: Pool): { desk: EnvelopeDesk; feed: SnapshotFeed } {
  const organisation = settings.ORGANISATION;
  const redis = settings.REDIS_URL;
  if (redis) {
    const feed = new RedisSnapshotFeed({ organisation, redis, commandTimeoutMs: feedTimeoutMs });
    return { desk: new RedisDesk({ organisation, redis }), feed };
  }
  const feed = new PostgresSnapshotFeed({ organisation, database: pool, timeoutMs: feedTimeoutMs });
  return { desk: new PostgresDesk({ organisation, database: pool }), feed };
}
