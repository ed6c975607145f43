/** The control API's settings, parsed once. It refuses to start with a secret somebody could guess. */
import { z } from 'zod';
import { readSettings } from '#runtime/read-settings.js';

/** Words that tell a secret was copied from an example. */
const placeholder = /change.?me|default|example|secret|password|admin.?token|placeholder|your[-_]|01234567|abcdefgh/i;

/** Random text of this length has at least this many different characters, except once in ages. */
const distinctMin = 8;

const isRandom = (text: string, distinct: number) => new Set(text).size >= distinct && !placeholder.test(text);

export const ControlSettings = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
    HOST: z.string().default('127.0.0.1'),
    ORGANISATION: z.string().default('default'),
    DATABASE_URL: z.url(),
    /** One server, or the seeds of a cluster separated by commas. */
    REDIS_URL: z.string().optional(),
    /** 64 hex characters: seals venues' credentials. */
    O10_MASTER_KEY: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'needs 64 hexadecimal characters')
      .refine((text) => new Set(text).size >= 6, 'is not random: make one with "openssl rand -hex 32"'),
    /** At least 32 characters: peppers the HMAC of API keys and of members' tokens. */
    O10_KEY_PEPPER: z.string().min(32, 'needs at least 32 characters'),
    /** The first admin, who makes the members. */
    O10_ADMIN_TOKEN: z
      .string({ error: 'is missing: set it to at least 32 random characters' })
      .min(32, 'needs at least 32 characters')
      .refine(
        (text) => isRandom(text, distinctMin),
        'looks like an example, not like chance: make one with "openssl rand -hex 32"',
      ),
    O10_SUPERVISED: z.literal('1').optional(),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .refine((settings) => settings.O10_ADMIN_TOKEN !== settings.O10_KEY_PEPPER, {
    message: 'must differ from O10_KEY_PEPPER',
    path: ['O10_ADMIN_TOKEN'],
  });

export type ControlSettings = z.output<typeof ControlSettings>;

export const readControlSettings = (): ControlSettings => readSettings('control', ControlSettings, process.env);
