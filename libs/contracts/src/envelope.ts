/** An envelope is money allowed over a window. Limits live in the desk; the window's id is part of every key, so nothing is ever reset. */
import { z } from 'zod';
import { UsdLimit } from './money.js';
import { ModelName, Slug } from './names.js';

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

export const windowUnits = ['hour', 'day', 'week', 'month', 'quarter', 'total', 'rolling'] as const;
export const EnvelopeWindow = z
  .object({
    unit: z.enum(windowUnits),
    /** IANA zone whose calendar cuts the windows; weeks start on Monday. Rolling windows need none. */
    zone: z.string().min(1).default('UTC'),
    /** Quarters: the month, 1 to 12, the fiscal year begins with. Absent: January. */
    yearStartsMonth: z.number().int().min(1).max(12).optional(),
    /** Rolling: how many hours back spend counts; in practice up to one bucket longer, never shorter. */
    hours: z.number().int().min(1).max(8_784).optional(),
  })
  .superRefine(({ unit, yearStartsMonth, hours }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (unit === 'rolling' && hours === undefined) wrong('hours', 'a rolling window says how many hours it looks back');
    if (unit !== 'rolling' && hours !== undefined) wrong('hours', 'is for rolling windows');
    if (unit !== 'quarter' && yearStartsMonth !== undefined) wrong('yearStartsMonth', 'is for quarters');
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

const StepPercent = z.number().int().min(1).max(100).nullable().default(null);

/** `shadow`: accounts and says what it would have refused, and refuses nothing. */
export const EnvelopeMode = z.enum(['shadow', 'enforce']).meta({ id: 'EnvelopeMode' });
export type EnvelopeMode = z.output<typeof EnvelopeMode>;

export const Envelope = z
  .object({
    id: Slug,
    scope: EnvelopeScope,
    /** Of the calls in the scope, those served by this model (as the venue calls it); null all. */
    model: ModelName.nullable().default(null),
    /** Of the calls in the scope, those that carry this tag (`x-o10-tag`); null all. A caller may leave its tag out. */
    tag: Slug.nullable().default(null),
    purpose: EnvelopePurpose.default('live'),
    mode: EnvelopeMode.default('enforce'),
    limitNanoUsd: UsdLimit,
    window: EnvelopeWindow,
    /**
     * The ladder: from which share of the limit (settled + held) an enforced call is steered to the cheapest eligible
     * route, prefers the flex tier, gets a lower output limit, has that limit cut to what is left; null never.
     */
    steerAtPercent: StepPercent,
    flexAtPercent: StepPercent,
    shrinkAtPercent: StepPercent,
    capAtPercent: StepPercent,
  })
  .meta({ id: 'Envelope' });
export type Envelope = z.output<typeof Envelope>;

/**
 * What the call path needs of an envelope: whom it covers, whether it may refuse, and what is tried before it does. The
 * limit stays in the desk. What is not said is as `Envelope` has it by default.
 */
export const EnvelopeCover = z.object({
  id: Slug,
  scope: EnvelopeScope,
  purpose: EnvelopePurpose,
  model: ModelName.optional(),
  tag: Slug.optional(),
  mode: EnvelopeMode.optional(),
  /** The steps its ladder has. */
  ladder: z.array(LadderStep).min(1).optional(),
});
export type EnvelopeCover = z.output<typeof EnvelopeCover>;
