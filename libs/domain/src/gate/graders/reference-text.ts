/** Text as graders compare it, and references that are text. An empty reference is none: everything contains it. */

/** NFKC without white space at the ends; lower case where case does not count. */
export function comparableText(text: string, ignoreCase: boolean): string {
  const trimmed = text.normalize('NFKC').trim();
  return ignoreCase ? trimmed.toLowerCase() : trimmed;
}

/** The reference as text; null when it is blank or not a string, number or boolean. */
export function referenceText(reference: unknown): string | null {
  const text = typeof reference === 'string' ? reference : scalar(reference);
  return text === null || text.trim() === '' ? null : text;
}

const scalar = (value: unknown): string | null =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
