/**
 * Whether a JSON value agrees with the expected one in every field the expected one names; it may hold more fields.
 * Lists must agree element by element and in length; numbers and texts must be equal.
 */
export function equalFields(expected: unknown, given: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return expected === given;
  if (typeof given !== 'object' || given === null || Array.isArray(expected) !== Array.isArray(given)) return false;
  if (Array.isArray(expected) && Array.isArray(given))
    return expected.length === given.length && expected.every((item, place) => equalFields(item, given[place]));
  return Object.entries(expected).every(
    ([name, value]) => Object.hasOwn(given, name) && equalFields(value, Reflect.get(given, name)),
  );
}
