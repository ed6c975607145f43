/** The worker's settings, parsed once. Product settings belong in the snapshot, not here. */
import { z } from 'zod';
import { readSettings } from '#runtime/read-settings.js';

const seconds = (usual: number, least = 1) => z.coerce.number().min(least).default(usual);

export const WorkerSettings = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(8082),
    HOST: z.string().default('127.0.0.1'),
    ORGANISATION: z.string().default('default'),
    DATABASE_URL: z.url({ error: 'is missing: the worker keeps ledger and evidence in PostgreSQL' }),
    REDIS_URL: z.string().optional(),
    /** Comma-separated host:port of a Redis Cluster; then REDIS_URL is not used for the desk. */
    REDIS_CLUSTER: z.string().optional(),
    /** 64 hex characters: opens credentials and mirrored calls. */
    O10_MASTER_KEY: z
      .string({ error: 'is missing: 64 hexadecimal characters, the same as the proxy has' })
      .regex(/^[0-9a-f]{64}$/, 'needs 64 hexadecimal characters')
      .refine((text) => new Set(text).size >= 6, 'is not random: make one with "openssl rand -hex 32"'),
    /** PEM with the Ed25519 key that signs checkpoints. Supervised, or without Redis, it is made on the first start. */
    O10_SIGNING_KEY_FILE: z.string({ error: 'is missing: the file with the key that signs the ledger' }).min(1),
    /** First part of the checkpoints' origin, which names log and key: `<origin>/<organisation>`. */
    O10_LEDGER_ORIGIN: z
      .string()
      .regex(/^[^\s+]+$/, 'holds no spaces and no plus sign')
      .default('o10.local'),
    O10_CHECKPOINT_SECONDS: seconds(5, 0.05),
    /** After every checkpoint the sealed ledger is written here, one folder per log; or to S3, see below. */
    O10_LEDGER_EXPORT_DIR: z.string().min(1).optional(),
    /** `https://endpoint/bucket/prefix`; region and keys as the AWS tools name them. */
    O10_LEDGER_EXPORT_S3: z.url().optional(),
    AWS_REGION: z.string().default('us-east-1'),
    AWS_ACCESS_KEY_ID: z.string().optional(),
    AWS_SECRET_ACCESS_KEY: z.string().optional(),
    /** Mirrored calls replayed at once. */
    O10_SHADOW_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(64),
    O10_REPLAY_DEADLINE_SECONDS: seconds(60, 0.05),
    /** How long a job may go without a sign of life before another worker has it. */
    O10_JOB_LOCK_SECONDS: seconds(30),
    /** How long a place in the line of evidence is waited for. */
    O10_MISSING_AFTER_SECONDS: seconds(600, 0.05),
    /** How often desk and ledger are compared. */
    O10_DRIFT_SECONDS: seconds(60, 0.05),
    /** How often envelopes are looked at for thresholds and burn rates. */
    O10_ALERT_SECONDS: seconds(15, 0.05),
    O10_SUPERVISED: z.literal('1').optional(),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .meta({ id: 'WorkerSettings' });

export type WorkerSettings = z.output<typeof WorkerSettings>;

export const readWorkerSettings = (): WorkerSettings => readSettings('worker', WorkerSettings, process.env);
