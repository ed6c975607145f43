/**
 * Finds the `answer` field of an answer that should have been JSON: bare, inside a fence, inside prose, or broken.
 * Where the text parses, JSON decides; only then is it read by eye.
 */

/** The field's text; null when there is a field that holds neither text nor number; undefined when there is no field. */
export function answerField(text: string): string | null | undefined {
  for (const candidate of jsonCandidates(text)) {
    const field = parsedField(candidate);
    if (field !== undefined) return field;
  }
  return scannedField(text);
}

/** The whole text, then fenced blocks from the last, then from the first brace to the last. */
function jsonCandidates(text: string): string[] {
  const fenced = text.split('```').filter((block, part) => part % 2 === 1 && block.includes('"answer"'));
  const blocks = fenced.map((block) => block.replace(/^[a-z]*\s/iu, '')).reverse();
  return [text, ...blocks, text.slice(Math.max(text.indexOf('{'), 0), text.lastIndexOf('}') + 1)];
}

function parsedField(json: string): string | null | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined; // Not JSON is an answer to the question asked here; the next reading is tried.
  }
  if (typeof value !== 'object' || value === null || !('answer' in value)) return undefined;
  const { answer } = value;
  return typeof answer === 'string' || typeof answer === 'number' ? String(answer) : null;
}

/** What follows the last `"answer":` up to the closing quote, or up to the end of the value where it is unquoted. */
function scannedField(text: string): string | undefined {
  const keys = [...text.matchAll(/(?<!\\)"answer"\s*:\s*/gu)];
  const last = keys.at(-1);
  if (last === undefined) return undefined;
  const rest = text.slice(last.index + last[0].length);
  return rest.startsWith('"') ? rest.slice(1).split(/["\n]/u, 1)[0] : rest.split(/[,}\n]/u, 1)[0];
}
