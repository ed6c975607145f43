/** Bars, columns and numbers for a terminal. */

const width = 20;

/** How much of `whole` is there, as a bar of 20 places; nothing below 0, never more than full. */
export function bar(part: number, whole: number): string {
  const filled = Math.round(width * Math.min(1, Math.max(0, part / whole)));
  return '█'.repeat(filled) + '·'.repeat(width - filled);
}

/** A band on a scale from `from` to `to`: the band as dashes, the mean as a dot, the floor as a bar. */
export function band(
  scale: { from: number; to: number },
  marks: { lower: number; upper: number; mean: number; floor: number | null },
) {
  const cells = 2 * width;
  const at = (x: number) =>
    Math.min(cells, Math.max(0, Math.round((cells * (x - scale.from)) / (scale.to - scale.from))));
  const drawn = Array<string>(cells + 1)
    .fill(' ')
    .fill('─', at(marks.lower), at(marks.upper) + 1);
  if (marks.floor !== null) drawn[at(marks.floor)] = '│';
  drawn[at(marks.mean)] = '●';
  return drawn.join('');
}

/** Lines of equal columns. The first row is the heading. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const cell = (text: string, column: number) => text.padEnd(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

/** Four decimals at most, with a true minus. */
export const figure = (x: number): string => String(Math.round(x * 10_000) / 10_000).replace('-', '−');
export const count = (n: number): string => n.toLocaleString('en-US');
