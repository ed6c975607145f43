/**
 * A lane is a kind of work with a default route and a price band: what `flux-auto`, `flux-fast` and their like mean.
 * How a call is sorted is data: rules tried in order, the first that holds names the lane.
 */
import { z } from 'zod';
import { UsdRate } from './money.js';
import { RouteId } from './names.js';
import { Capability } from './venue.js';

export const laneIds = ['fast', 'standard', 'reasoning', 'image'] as const;
export const LaneId = z.enum(laneIds).meta({ id: 'LaneId' });
export type LaneId = z.output<typeof LaneId>;

/** From least to most; a call that says nothing has none of them. */
export const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;
export const ReasoningEffort = z.enum(reasoningEfforts).meta({ id: 'ReasoningEffort' });
export type ReasoningEffort = z.output<typeof ReasoningEffort>;

const tokens = z.number().int().positive();

/** All that is named must hold; nothing named holds always. What a call does not say holds no condition about it. */
export const LaneCondition = z
  .object({
    /** The call needs each of these of its route. */
    needs: z.array(Capability).min(1).optional(),
    reasoningEffortFrom: ReasoningEffort.optional(),
    /** The last thing the user said holds program text. */
    code: z.boolean().optional(),
    inputTokensFrom: tokens.optional(),
    /** Of the limit the call names for its answer. */
    outputTokensFrom: tokens.optional(),
  })
  .meta({ id: 'LaneCondition' });
export type LaneCondition = z.output<typeof LaneCondition>;

export const LaneRule = z.object({ lane: LaneId, when: LaneCondition.default({}) }).meta({ id: 'LaneRule' });
export type LaneRule = z.output<typeof LaneRule>;

/** Used where a table names no rules of its own. */
export const defaultLaneRules: LaneRule[] = [
  { lane: 'image', when: { needs: ['images'] } },
  { lane: 'reasoning', when: { reasoningEffortFrom: 'high' } },
  { lane: 'reasoning', when: { inputTokensFrom: 100_000 } },
  { lane: 'reasoning', when: { outputTokensFrom: 16_000 } },
  { lane: 'standard', when: { reasoningEffortFrom: 'low' } },
  { lane: 'standard', when: { needs: ['tools'] } },
  { lane: 'standard', when: { needs: ['vision'] } },
  { lane: 'standard', when: { needs: ['audio'] } },
  { lane: 'standard', when: { code: true } },
  { lane: 'standard', when: { inputTokensFrom: 4_000 } },
  { lane: 'standard', when: { outputTokensFrom: 2_000 } },
  { lane: 'fast', when: {} },
];

/** A million tokens, in pico-USD; so many that one token is a whole number of them. */
const PerMillion = UsdRate.refine((picoUsd) => picoUsd % 1_000_000n === 0n, 'at most 6 decimals');

export const Lane = z
  .object({
    /** For people: "Express Lane". */
    name: z.string().min(1).max(100),
    /** The first that can express a call serves it; the very first is the default. */
    routes: z.array(RouteId).min(1).max(20),
    /** The least a million tokens is charged on this lane, whatever the model that served costs; null: its cost. */
    floor: z.object({ input: PerMillion, output: PerMillion }).nullable().default(null),
  })
  .meta({ id: 'Lane' });
export type Lane = z.output<typeof Lane>;

export const LaneTable = z
  .object({
    rules: z.array(LaneRule).min(1).max(100).default(defaultLaneRules),
    lanes: z.partialRecord(LaneId, Lane),
  })
  .superRefine(({ rules, lanes }, context) => {
    const last = rules.at(-1);
    if (last && Object.keys(last.when).length > 0)
      context.addIssue({ code: 'custom', path: ['rules'], message: 'the last rule must hold for every call' });
    for (const { lane } of rules)
      if (!lanes[lane] && lane !== 'image')
        context.addIssue({
          code: 'custom',
          path: ['lanes'],
          message: `a rule names the lane ${lane}, which is not there`,
        });
  })
  .meta({ id: 'LaneTable' });
export type LaneTable = z.output<typeof LaneTable>;
