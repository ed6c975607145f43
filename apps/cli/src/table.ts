/** Rows for people to read: columns aligned, numbers to the right. */
import { styleText } from 'node:util';

export function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = (text: string) => /^-?[\d.,]+( %| USD)?$/.test(text);
  const line = (row: string[]) =>
    row
      .map((cell, column) => (isNumber(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ');
  return [styleText('dim', line(head)), ...rows.map(line)];
}
