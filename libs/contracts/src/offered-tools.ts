/**
 * The tools a case of a suite offers, as chat completions declare them. Functions alone: the client runs those, so that
 * asking a case again never acts; a tool the venue runs itself would.
 */
import { z } from 'zod';

export const OfferedTool = z
  .looseObject({
    type: z.literal('function'),
    /** `description`, `parameters` as JSON Schema, `strict`. */
    function: z.looseObject({ name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/u) }),
  })
  .meta({ id: 'OfferedTool' });
export type OfferedTool = z.output<typeof OfferedTool>;

export const ToolChoice = z
  .union([
    z.enum(['auto', 'none', 'required']),
    z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string() }) }),
  ])
  .meta({ id: 'ToolChoice' });
export type ToolChoice = z.output<typeof ToolChoice>;

/** Fields of whatever offers tools. */
export const offer = {
  tools: z.array(OfferedTool).min(1).max(128).optional(),
  /** `tool_choice` of the request; absent, the venue's default. */
  toolChoice: ToolChoice.optional(),
};
export interface Offer {
  tools?: OfferedTool[] | undefined;
  toolChoice?: ToolChoice | undefined;
}

/** A choice that names nothing offered is refused by every venue, which would count against all of them. */
export const choosesAmongOffered = ({ tools, toolChoice }: Offer): boolean =>
  toolChoice === undefined ||
  (tools !== undefined &&
    (typeof toolChoice === 'string' || tools.some((tool) => tool.function.name === toolChoice.function.name)));
