/**
 * A parsed file whose every value still knows its line, and whose numbers are still the digits that were written: a
 * price that has been a float once is no longer the price that was listed. Made by an adapter that has a parser.
 */
export interface LocatedMap {
  kind: 'map';
  line: number;
  entries: ReadonlyMap<string, { line: number; value: Located }>;
}

export interface LocatedList {
  kind: 'list';
  line: number;
  items: readonly Located[];
}

/** `text` of a number is as written ("2.5e-07"), of null empty. */
export interface LocatedScalar {
  kind: 'text' | 'number' | 'boolean' | 'null';
  line: number;
  text: string;
}

export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface FileProblem {
  line: number;
  /** Dotted, as far as known: `gpt-4o.input_cost_per_token`. */
  path: string;
  message: string;
}

/** The file is not what it must be. Nothing of it is used: half a price list is a wrong price list. */
export class PriceFileRefused extends Error {
  readonly code = 'price_file_refused';
  constructor(readonly problems: readonly FileProblem[]) {
    super(problems.map(({ line, path, message }) => `line ${line}: ${path ? `${path}: ` : ''}${message}`).join('\n'));
    this.name = 'PriceFileRefused';
  }
}

/** Collects what is wrong with a file, so that all of it is told at once; a file of nothing but errors is cut short. */
export class FileProblems {
  readonly problems: FileProblem[] = [];

  add(at: { line: number }, path: string, message: string): void {
    if (this.problems.length < 100)
      this.problems.push({ line: at.line, path: printable(path), message: printable(message) });
  }

  /** Throws `PriceFileRefused` when something was added. */
  refuseIfAny(): void {
    if (this.problems.length > 0) throw new PriceFileRefused(this.problems);
  }
}

/** A hostile name must not drive the terminal it is shown on. */
export function printable(text: string): string {
  const shown = text.replace(/[^\x20-\x7e]/g, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}

export function mapOf(value: Located | undefined, path: string, problems: FileProblems): LocatedMap | null {
  if (value?.kind === 'map') return value;
  if (value)
    problems.add(
      value,
      path,
      `must be a map, is ${value.kind === 'list' ? 'a list' : `the ${value.kind} ${value.text}`}`,
    );
  return null;
}

/** The text of a string, of that field of the map; undefined where it is absent or null. */
export function textOf(map: LocatedMap, field: string): string | undefined {
  const found = map.entries.get(field)?.value;
  return found?.kind === 'text' ? found.text : undefined;
}
