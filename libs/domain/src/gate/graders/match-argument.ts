/**
 * Whether an argument is one of the values allowed for it, by the rules of BFCL's AST checker: strings without spaces and
 * most punctuation, lists in order, dictionaries key by key both ways, an integer where a float is asked but not the reverse.
 */
import { type Argument, isFields, WrittenNumber } from './tool-arguments.js';

/** As a tool's JSON Schema names it; `float` and `dict` as BFCL does. Undefined: whatever the allowed values are. */
export type ArgumentType = string | undefined;

/** Spaces and `, . / - _ * ^` do not count, nor does case; ' is ". */
const comparable = (text: string): string =>
  text
    .replace(/[ ,./\-_*^]/gu, '')
    .toLowerCase()
    .replaceAll("'", '"');

/** `allowed` may hold "", which means the argument may also be left out. */
export function matchesAllowed(given: Argument, allowed: readonly Argument[], type: ArgumentType): boolean {
  return typeFits(given, type) && allowed.some((one) => sameArgument(given, one));
}

function typeFits(given: Argument, type: ArgumentType): boolean {
  switch (type) {
    case 'integer':
      return given instanceof WrittenNumber && !given.fraction;
    case 'float':
    case 'number':
      return given instanceof WrittenNumber;
    case 'string':
      return typeof given === 'string';
    case 'boolean':
      return typeof given === 'boolean';
    case 'array':
    case 'tuple':
      return Array.isArray(given);
    case 'object':
    case 'dict':
      return isFields(given);
    default:
      return true;
  }
}

function sameArgument(given: Argument, allowed: Argument): boolean {
  if (given instanceof WrittenNumber) return allowed instanceof WrittenNumber && given.value === allowed.value;
  if (typeof given === 'string') return typeof allowed === 'string' && comparable(given) === comparable(allowed);
  if (Array.isArray(given))
    return (
      Array.isArray(allowed) &&
      allowed.length === given.length &&
      given.every((item, at) => sameArgument(item, allowed[at] ?? null))
    );
  if (isFields(given)) return isFields(allowed) && sameFields(given, allowed);
  return given === allowed;
}

/** Inside a dictionary a list under a key is the list of what that key may hold, and "" in it lets the key be left out. */
function sameFields(given: { [name: string]: Argument }, allowed: { [name: string]: Argument }): boolean {
  const known = Object.entries(given).every(([name, value]) => {
    const options = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (options === undefined) return false;
    return Array.isArray(options) ? options.some((one) => sameArgument(value, one)) : sameArgument(value, options);
  });
  return (
    known && Object.entries(allowed).every(([name, options]) => Object.hasOwn(given, name) || mayBeAbsent(options))
  );
}

export const mayBeAbsent = (options: Argument): boolean => Array.isArray(options) && options.includes('');
