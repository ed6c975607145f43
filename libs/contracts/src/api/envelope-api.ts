/** Envelopes over the API: the limit as people write it, and what the desk says of the windows that cover now. */
import { z } from 'zod';
import { Envelope } from '../envelope.js';
import { NanoUsd } from '../money.js';
import { Instant } from '../names.js';
import { listOf, rowFields } from './stored.js';

/** Body of `PUT /api/envelopes/:id`. */
export const EnvelopePut = Envelope.omit({ id: true }).meta({ id: 'EnvelopePut' });
export type EnvelopePut = z.output<typeof EnvelopePut>;

export const WindowBalance = z
  .object({
    window: z.string(),
    startsAt: Instant,
    /** Null never ends. */
    endsAt: Instant.nullable(),
    settledNanoUsd: NanoUsd,
    heldNanoUsd: NanoUsd,
    /** How fast the last hour was: 1 spends the limit exactly in its window. Null: nothing is known yet, or it never ends. */
    burnRate: z.number().nonnegative().nullable(),
    /** When nothing is left if the last hour goes on; null: not within the window, or nothing was spent. */
    exhaustsAt: Instant.nullable(),
  })
  .meta({ id: 'WindowBalance' });
export type WindowBalance = z.output<typeof WindowBalance>;

/** `balance` is of the window that covers now; null while the desk does not answer, which is not a balance of zero. */
export const EnvelopeAnswer = z
  .object({ definition: Envelope, balance: WindowBalance.nullable(), ...rowFields })
  .meta({ id: 'EnvelopeAnswer' });
export type EnvelopeAnswer = z.output<typeof EnvelopeAnswer>;
export const EnvelopeList = listOf(EnvelopeAnswer).meta({ id: 'EnvelopeList' });
