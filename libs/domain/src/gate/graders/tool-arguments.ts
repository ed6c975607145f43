/**
 * Tool arguments as values that remember how their numbers were written: `3.0` is not an integer, and JSON.parse alone
 * would make it one.
 */

export class WrittenNumber {
  constructor(
    readonly value: number,
    readonly fraction: boolean,
  ) {}
}

export type Argument = null | string | boolean | WrittenNumber | Argument[] | { [name: string]: Argument };

/** Deeper than this no tool nests, and comparing would run out of stack. */
const depthMax = 100;

/** The arguments of a call; null where they are not one JSON object, or nested too deeply. */
export function readArguments(text: string): { [name: string]: Argument } | null {
  const value = parseArguments(text);
  return isFields(value) ? value : null;
}

/** A value that was parsed already: whole numbers in it are taken as integers. */
export const argumentOf = (value: unknown): Argument => parseArguments(JSON.stringify(value)) ?? null;

export const isFields = (value: unknown): value is { [name: string]: Argument } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber);

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

function parseArguments(text: string): Argument | undefined {
  const revive: Reviver = (_key, value, { source = '' }) =>
    typeof value === 'number' ? new WrittenNumber(value, /[.eE]/u.test(source)) : value;
  try {
    const value = JSON.parse(text, revive as (key: string, value: unknown) => unknown) as Argument;
    return depthOf(value) > depthMax ? undefined : value;
  } catch {
    return undefined; // Arguments that are not JSON are a wrong answer, or too deep for any tool.
  }
}

function depthOf(value: Argument): number {
  let deepest = 0;
  const waiting: [Argument, number][] = [[value, 0]];
  for (let next = waiting.pop(); next && deepest <= depthMax; next = waiting.pop()) {
    const [node, depth] = next;
    deepest = Math.max(deepest, depth);
    if (typeof node === 'object' && node !== null && !(node instanceof WrittenNumber))
      for (const child of Object.values(node)) waiting.push([child, depth + 1]);
  }
  return deepest;
}
