/**
 * The tools a request asks the venue itself to run, and how often each may run at most. Their fee and the passes they
 * add are in no `max_tokens`, so a hold must be told of them; what has no cap has no ceiling.
 */
import type { Meter } from '#contracts/usage.js';
import { isObject } from './json-value.js';

export interface HostedTool {
  /** As the request names it, for people. */
  name: string;
  /** What a use is counted as; null: the venue takes nothing for it but the tokens it adds. */
  meter: Meter | null;
  /** Null: the request sets no cap. */
  usesMax: number | null;
}

/** By how the name of a type begins, whatever dialect and version it is of. */
const meterOf: readonly [RegExp, Meter | null][] = [
  [/web_search|search_web/, 'web_searches'],
  [/web_fetch/, null], // "no additional charges beyond standard token costs" (Anthropic, web fetch tool)
  [/file_search/, 'file_searches'],
  [/code_execution|code_interpreter/, 'code_executions'],
];

/** A tool of this type, run by the venue. Of a type that is not known here nothing bounds the fee. */
export function hostedTool(type: string, max: unknown): HostedTool {
  const known = meterOf.find(([pattern]) => pattern.test(type));
  const capped = known !== undefined && Number.isSafeInteger(max) && (max as number) >= 1;
  return { name: type.slice(0, 100), meter: known?.[1] ?? null, usesMax: capped ? (max as number) : null };
}

/** The entries of a `tools` list that run at the venue, by their `type` and `max_uses`. */
export function hostedIn(tools: unknown, runsAtVenue: (type: string) => boolean): HostedTool[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool: unknown) =>
    isObject(tool) && typeof tool.type === 'string' && runsAtVenue(tool.type)
      ? [hostedTool(tool.type, tool.max_uses)]
      : [],
  );
}
