/** Envelopes over the API: the limit as people write it, and what the desk says of the windows that cover now. */
import { z } from 'zod';
import { Envelope } from '../envelope.js';
import { NanoUsd, PicoUsd } from '../money.js';
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

/** Body of `POST /api/envelopes/trial`: an envelope as it would be put, and the period it is tried on. */
export const EnvelopeTrialPost = EnvelopePut.extend({
  /** Attempts admitted from here on; without it, the last 31 days. */
  from: Instant.optional(),
  /** And before this; without it, until now. */
  to: Instant.optional(),
}).meta({ id: 'EnvelopeTrialPost' });
export type EnvelopeTrialPost = z.output<typeof EnvelopeTrialPost>;

const Count = z.number().int().nonnegative();

/** What the envelope would have refused of the attempts the ledger has; what it refused would have cost nothing. */
export const EnvelopeTrial = z
  .object({
    from: Instant,
    to: Instant,
    attempts: Count,
    refused: z.object({ in_flight: Count, never_fits: Count, spent: Count }),
    firstRefusedAt: Instant.nullable(),
    admittedPicoUsd: PicoUsd,
    refusedPicoUsd: PicoUsd,
    /** Attempts whose ceiling no line tells; they are tried at their cost, which is the least they could have held. */
    withoutCeiling: Count,
    /** There were more than could be tried: these are the newest. */
    capped: z.boolean(),
    windows: z.array(z.object({ window: z.string(), refused: Count, settledPicoUsd: PicoUsd })),
    useCases: z.array(z.object({ useCase: z.string(), refused: Count, refusedPicoUsd: PicoUsd })),
  })
  .meta({ id: 'EnvelopeTrial' });
export type EnvelopeTrial = z.output<typeof EnvelopeTrial>;
