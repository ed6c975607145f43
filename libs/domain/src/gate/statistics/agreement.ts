/** How far two raters agree beyond what chance would give: of a judge with people, and of people among themselves. */

/** Cohen's kappa (1960) of a square table: `table[a][b]` answers were rated a by the first and b by the second. Null where chance alone agrees fully. */
export function cohenKappa(table: readonly (readonly number[])[]): number | null {
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  if (table.some((row) => row.length !== table.length)) throw new RangeError('a table of agreement is square');
  if (total === 0) return null;
  const agreed = table.reduce((sum, row, a) => sum + row[a]!, 0) / total;
  const rowOf = (a: number) => table[a]!.reduce((sum, count) => sum + count, 0) / total;
  const columnOf = (b: number) => table.reduce((sum, row) => sum + row[b]!, 0) / total;
  const chance = table.reduce((sum, _, a) => sum + rowOf(a) * columnOf(a), 0);
  return chance === 1 ? null : (agreed - chance) / (1 - chance);
}
