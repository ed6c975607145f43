/** An envelope is money allowed over a window. Limits live in the desk; the window's id is part of every key, so nothing is ever reset. */
import { z } from 'zod';
import { UsdLimit } from './money.js';
import { Slug } from './names.js';

export const EnvelopeScope = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('organisation') }),
    z.object({ kind: z.literal('team'), team: Slug }),
    z.object({ kind: z.literal('use_case'), useCase: Slug }),
    z.object({ kind: z.literal('key'), key: z.string().min(1) }),
  ])
  .meta({ id: 'EnvelopeScope' });
export type EnvelopeScope = z.output<typeof EnvelopeScope>;

/** Evaluation never spends production's money: replays and judges have envelopes of their own. */
export const EnvelopePurpose = z.enum(['live', 'shadow', 'judge']).meta({ id: 'EnvelopePurpose' });
export type EnvelopePurpose = z.output<typeof EnvelopePurpose>;

export const windowUnits = ['hour', 'day', 'week', 'month', 'total'] as const;
export const EnvelopeWindow = z
  .object({
    unit: z.enum(windowUnits),
    /** IANA zone whose calendar cuts the windows; weeks start on Monday. */
    zone: z.string().min(1).default('UTC'),
  })
  .meta({ id: 'EnvelopeWindow' });
export type EnvelopeWindow = z.output<typeof EnvelopeWindow>;

/** What an envelope does as it fills, from the mildest; what no longer fits is refused, whatever the ladder says. */
export const ladderSteps = ['steer', 'flex', 'shrink', 'cap'] as const;
export const LadderStep = z.enum(ladderSteps).meta({ id: 'LadderStep' });
export type LadderStep = z.output<typeof LadderStep>;

export const breachSteps = [...ladderSteps, 'block'] as const;
export const BreachStep = z.enum(breachSteps).meta({ id: 'BreachStep' });
export type BreachStep = z.output<typeof BreachStep>;

export const Envelope = z
  .object({
    id: Slug,
    scope: EnvelopeScope,
    purpose: EnvelopePurpose.default('live'),
    limitNanoUsd: UsdLimit,
    window: EnvelopeWindow,
    /** From which share of the limit (settled + held) the route is steered to the cheapest eligible; null never. */
    steerAtPercent: z.number().int().min(1).max(100).nullable().default(null),
  })
  .meta({ id: 'Envelope' });
export type Envelope = z.output<typeof Envelope>;

/** What the call path needs of an envelope: whom it covers. The limit stays in the desk. */
export const EnvelopeCover = z.object({ id: Slug, scope: EnvelopeScope, purpose: EnvelopePurpose });
export type EnvelopeCover = z.output<typeof EnvelopeCover>;
