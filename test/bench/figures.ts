/** Targets, ratios and the printed table. A ratio is the median of the ratios of rounds, never a ratio of medians. */

/** `most`: a good figure is at most the target; `least`: at least. */
export interface Target {
  kind: 'most' | 'least';
  must: number;
  aim: number;
}

export interface Row {
  measure: string;
  unit: string;
  o10: number | null;
  bare: number | null;
  portkey: number | null;
  /** What the target is about: a ratio, a difference or the figure itself. */
  compared: number | null;
  how: string;
  target: Target | null;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function verdictOf({ compared, target }: Row): string {
  if (!target) return '';
  if (compared === null || Number.isNaN(compared)) return 'not measured';
  const reaches = (bound: number) => (target.kind === 'most' ? compared <= bound : compared >= bound);
  return reaches(target.aim) ? 'aim met' : reaches(target.must) ? 'must met' : 'MISSED';
}

const digits = (value: number | null): string => {
  if (value === null || Number.isNaN(value)) return '-';
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
};

export function printTable(rows: Row[]): void {
  const cells = rows.map((row) => [
    `${row.measure}, ${row.unit}`,
    digits(row.o10),
    digits(row.bare),
    digits(row.portkey),
    row.how ? `${digits(row.compared)} ${row.how}` : digits(row.compared),
    row.target ? `${row.target.kind === 'most' ? '≤' : '≥'} ${row.target.must}` : '',
    row.target ? String(row.target.aim) : '',
    verdictOf(row),
  ]);
  const table = [['measure', 'o10', 'bare', 'Portkey', 'compared', 'must', 'aim', 'met?'], ...cells];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  for (const line of table)
    process.stdout.write(
      `${line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()}\n`,
    );
}
