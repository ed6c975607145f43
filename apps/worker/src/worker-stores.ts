/** Which adapters stand behind the ports: Redis where it is configured, else PostgreSQL. Ledger and evidence are always in PostgreSQL. */
import type { EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { MirrorStore } from '#contracts/mirror-store.js';
import type { SnapshotFeed } from '#contracts/snapshot-feed.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { type AdminStores, adminStores } from '#postgres/admin/admin-stores.js';
import { type AdminClient, connectAdmin } from '#postgres/admin/prisma.js';
import { AlertStore } from '#postgres/alert/alert.store.js';
import { SpendPointStore } from '#postgres/alert/spend-point.store.js';
import { WebhookStore } from '#postgres/alert/webhook.store.js';
import { connectPool, type Pool } from '#postgres/connect-pool.js';
import { PostgresDesk } from '#postgres/desk/postgres-desk.js';
import { PostgresMirrorStore } from '#postgres/desk/postgres-mirror-store.js';
import { PostgresSnapshotFeed } from '#postgres/desk/postgres-snapshot-feed.js';
import { CanaryStore } from '#postgres/evidence/canary.store.js';
import { EnforcementStore } from '#postgres/evidence/enforcement.store.js';
import { EvidenceLineStore } from '#postgres/evidence/evidence-line.store.js';
import { JudgeLabelStore } from '#postgres/evidence/judge-label.store.js';
import { EvidenceStore } from '#postgres/evidence/evidence.store.js';
import { SuitePassStore } from '#postgres/evidence/suite-pass.store.js';
import { QuarantineStore } from '#postgres/evidence/quarantine.store.js';
import { LeaderLock } from '#postgres/leader-lock.js';
import { CapacityStore } from '#postgres/ledger/capacity.store.js';
import { LedgerSpendStore } from '#postgres/ledger/ledger-spend.store.js';
import { TrueUpStore } from '#postgres/ledger/true-up.store.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { PayloadStore } from '#postgres/payload/payload.store.js';
import { RollUpStore } from '#postgres/ledger/roll-up.store.js';
import { RedisDesk } from '#redis/redis-desk.js';
import { RedisMirrorStore } from '#redis/redis-mirror-store.js';
import { RedisSnapshotFeed } from '#redis/redis-snapshot-feed.js';
import { keyFromHex } from '#runtime/seal.js';
import type { WorkerSettings } from './env.js';

export interface WorkerStores {
  desk: EnvelopeDesk;
  feed: SnapshotFeed;
  mirror: MirrorStore;
  admin: AdminStores;
  adminClient: AdminClient;
  ledger: LedgerStore;
  /** What the ledger says was spent of each envelope. */
  spend: LedgerSpendStore;
  capacity: CapacityStore;
  /** What the ledger's lines sum to, by day. */
  rollUps: RollUpStore;
  /** What calls said, where their use case keeps it. */
  payloads: PayloadStore;
  evidence: EvidenceStore;
  lines: EvidenceLineStore;
  labels: JudgeLabelStore;
  suitePasses: SuitePassStore;
  canaries: CanaryStore;
  enforcement: EnforcementStore;
  quarantine: QuarantineStore;
  alerts: AlertStore;
  points: SpendPointStore;
  webhooks: WebhookStore;
  trueUps: TrueUpStore;
  /** One worker of an organisation writes its ledger and keeps its desk. */
  leader: LeaderLock;
  close(): Promise<void>;
}

export function workerStores(settings: WorkerSettings): WorkerStores {
  const { ORGANISATION: organisation, DATABASE_URL: databaseUrl } = settings;
  const pool = connectPool(databaseUrl, 10, organisation);
  const adminClient = connectAdmin(databaseUrl, 3);
  const leader = new LeaderLock(databaseUrl, `worker ${organisation}`);
  const ports = settings.REDIS_URL ? redisPorts(settings.REDIS_URL, organisation) : postgresPorts(pool, organisation);
  const ledger = new LedgerStore(pool, ledgerTree);
  return {
    ...ports,
    adminClient,
    leader,
    admin: adminStores(adminClient),
    ledger,
    spend: new LedgerSpendStore(pool, organisation),
    capacity: new CapacityStore(pool, organisation),
    rollUps: new RollUpStore(pool, organisation, ledger),
    payloads: new PayloadStore(pool, organisation, keyFromHex(settings.O10_MASTER_KEY)),
    evidence: new EvidenceStore(pool),
    lines: new EvidenceLineStore(pool),
    labels: new JudgeLabelStore(pool),
    suitePasses: new SuitePassStore(pool),
    canaries: new CanaryStore(pool),
    enforcement: new EnforcementStore(pool),
    quarantine: new QuarantineStore(pool),
    alerts: new AlertStore(pool, organisation),
    points: new SpendPointStore(pool, organisation),
    webhooks: new WebhookStore(pool, organisation),
    trueUps: new TrueUpStore(pool, organisation),
    close: async () => {
      await Promise.all([ports.desk.close(), ports.feed.close(), ports.mirror.close(), leader.release()]);
      await adminClient.$disconnect();
      await pool.end();
    },
  };
}

function redisPorts(redis: string, organisation: string) {
  const settings = { redis, organisation };
  return {
    desk: new RedisDesk(settings),
    feed: new RedisSnapshotFeed(settings),
    mirror: new RedisMirrorStore(settings),
  };
}

function postgresPorts(pool: Pool, organisation: string) {
  const settings = { database: pool, organisation };
  return {
    desk: new PostgresDesk(settings),
    feed: new PostgresSnapshotFeed(settings),
    mirror: new PostgresMirrorStore(settings),
  };
}
