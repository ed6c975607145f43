/** The proxy's settings, parsed once. Product settings belong in the snapshot, not here. */
import { hostname } from 'node:os';
import { z } from 'zod';
import { readSettings } from '#runtime/read-settings.js';

const Settings = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
    HOST: z.string().default('127.0.0.1'),
    ORGANISATION: z.string().default('default'),
    DATABASE_URL: z.url().optional(),
    REDIS_URL: z.string().optional(),
    /** Longest wait for the desk's answer on Redis; ten times as long on PostgreSQL. */
    O10_DESK_TIMEOUT_MS: z.coerce.number().int().min(10).max(10_000).default(250),
    /** 64 hex characters: opens credentials and seals mirrored calls. */
    O10_MASTER_KEY: z.string().regex(/^[0-9a-f]{64}$/, 'needs 64 hexadecimal characters'),
    /** At least 32 characters: peppers the HMAC of API keys. */
    O10_KEY_PEPPER: z.string().min(32, 'needs at least 32 characters'),
    O10_JOURNAL_DIR: z.string().default('.o10/journal'),
    O10_PROXY_NAME: z.string().default(`${hostname()}-${process.pid}`),
    O10_SUPERVISED: z.literal('1').optional(),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .refine((settings) => settings.DATABASE_URL ?? settings.REDIS_URL, {
    message: 'set DATABASE_URL or REDIS_URL',
    path: ['DATABASE_URL'],
  });

export type ProxySettings = z.output<typeof Settings>;

export const readProxySettings = (): ProxySettings => readSettings('proxy', Settings, process.env);
