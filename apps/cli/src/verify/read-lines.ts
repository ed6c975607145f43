/** The lines of an export with what belongs to them, bundle by bundle, the next one read while one is looked at. */
import type { TileSpan } from '#contracts/ledger-tree.js';
import { tilesOf } from '#domain/ledger/tile.js';
import { readBundle, readColumns, readTile } from './read-export.js';

export interface Bundle {
  span: TileSpan;
  /** Index of the first line. */
  begin: number;
  lines: Buffer[];
  /** What is wrong with the file of the lines. */
  problem: string | null;
  /** Hashes, or what is wrong with their file. */
  tile: Uint8Array[] | string;
  columns: string[] | null;
}

export async function* readBundles(dirs: readonly string[], size: bigint): AsyncGenerator<Bundle> {
  let next: Promise<Bundle> | null = null;
  for (const span of tilesOf(size)) {
    if (span.level > 0) break;
    const reading = read(dirs, span);
    // Rejected while another is looked at: it is thrown when its turn comes.
    reading.catch(() => undefined);
    if (next) yield await next;
    next = reading;
  }
  if (next) yield await next;
}

async function read(dirs: readonly string[], span: TileSpan): Promise<Bundle> {
  const [{ lines, problem }, tile, columns] = await Promise.all([
    readBundle(dirs, span),
    readTile(dirs[0]!, span),
    readColumns(dirs, span),
  ]);
  return { span, begin: Number(span.n) * 256, lines: lines.slice(0, span.width), problem, tile, columns };
}

/** The lines from one index to before another, one after the other. */
export async function* readLines(
  dirs: readonly string[],
  size: bigint,
  from: number,
  to: number,
): AsyncGenerator<{ index: number; line: Buffer }> {
  for (const span of tilesOf(size)) {
    if (span.level > 0) break;
    const begin = Number(span.n) * 256;
    if (begin + span.width <= from) continue;
    if (begin >= to) break;
    const { lines } = await readBundle(dirs, span);
    for (const [at, line] of lines.slice(0, span.width).entries())
      if (begin + at >= from && begin + at < to) yield { index: begin + at, line };
  }
}
