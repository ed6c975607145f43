/** What an envelope says before, or while, it refuses, and when its books do not agree. Told to the webhooks of the organisation, and kept. */
import { z } from 'zod';
import { NanoUsd, NanoUsdMore } from './money.js';
import { Id, Instant, Slug } from './names.js';

/** Shares of the limit that are told, each once per window. */
export const thresholdPercents = [50, 75, 90, 100] as const;

/** How many of the windows that drift are named. */
export const driftWindowsMax = 20;

/** When the envelope is empty if the last hour goes on; null: not within its window, or nothing was spent. */
const exhaustsAt = Instant.nullable();

export const AlertBody = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('threshold'),
    envelope: Slug,
    window: z.string(),
    /** 100 also when a call was refused because the rest is too little for it. */
    percent: z.literal(thresholdPercents),
    limitNanoUsd: NanoUsd,
    settledNanoUsd: NanoUsd,
    resetsAt: Instant.nullable(),
    exhaustsAt,
  }),
  z.object({
    kind: z.literal('burn_rate'),
    envelope: Slug,
    window: z.string(),
    /** Both rates are at least this many times the rate that spends the limit exactly in its window. */
    factor: z.number().positive(),
    longMinutes: z.number().int().positive(),
    longRate: z.number().nonnegative(),
    shortMinutes: z.number().int().positive(),
    shortRate: z.number().nonnegative(),
    exhaustsAt,
  }),
  z.object({
    /** A venue charged more than the ceiling that was held: recorded in full, and a fault in a price or a bound. */
    kind: z.literal('overrun'),
    callId: Id,
    attemptId: Id,
    envelopes: z.array(Slug).min(1),
    heldNanoUsd: NanoUsd,
    costNanoUsd: NanoUsd,
  }),
  z.object({
    /** Desk and ledger differ: somebody's money is counted that no line tells of, or the other way round. */
    kind: z.literal('drift'),
    /** The first of them. */
    windows: z
      .array(z.object({ envelope: Slug, window: z.string(), driftNanoUsd: NanoUsdMore }))
      .min(1)
      .max(driftWindowsMax),
    windowsInAll: z.number().int().positive(),
    /** Over all windows, whatever their sign. */
    sumNanoUsd: NanoUsd,
  }),
]);
export type AlertBody = z.output<typeof AlertBody>;

export const Alert = z
  .object({
    id: Id,
    organisation: Slug,
    raisedAt: Instant,
    /** Of a burn rate: when it had fallen again. Of drift: when desk and ledger agreed again. */
    endedAt: Instant.nullable(),
    body: AlertBody,
  })
  .meta({ id: 'Alert' });
export type Alert = z.output<typeof Alert>;

export const Webhook = z
  .object({
    id: Slug,
    url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }).max(2_000),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.output<typeof Webhook>;
