/** What changes between two wire forms, value by value. Order of fields means nothing, order in a list does. */
import { isDeepStrictEqual } from 'node:util';

export interface Difference {
  /** `floor.absolute`; empty for the whole thing. */
  path: string;
  /** undefined: was not there, or will not be. */
  from: unknown;
  to: unknown;
}

export function differenceOf(from: unknown, to: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (!isObject(from) || !isObject(to)) return [{ path, from, to }];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => differenceOf(from[key], to[key], path ? `${path}.${key}` : key));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
