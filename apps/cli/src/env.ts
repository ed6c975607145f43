/** The CLI's settings and what it lets its children inherit. `DATABASE_URL` and `REDIS_URL` switch to the user's own. */
import { z } from 'zod';
import { readSettings } from '#runtime/read-settings.js';

const Settings = z.object({
  DATABASE_URL: z.url().optional(),
  REDIS_URL: z.string().optional(),
  /** For commands that talk to a running o10. */
  O10_CONTROL_URL: z.url().optional(),
  O10_TOKEN: z.string().optional(),
  /** For commands that call models through the proxy: its address up to /v1, and a caller's key. */
  O10_PROXY_URL: z.url().optional(),
  O10_KEY: z.string().optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  LOG_LEVEL: z.string().default('info'),
});

export type CliSettings = z.output<typeof Settings>;

export const readCliSettings = (): CliSettings => readSettings('o10', Settings, process.env);

/** Only what any process needs; product settings are handed on by name. */
export const inheritedEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '/',
  TZ: 'UTC',
});

/** The environment as it is, for configuration that names secrets as `env:NAME`. */
export const environment = (): Record<string, string | undefined> => process.env;
