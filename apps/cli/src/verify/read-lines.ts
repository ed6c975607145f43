/** The lines of an export, one after the other. */
import { tilesOf } from '#domain/ledger/tile.js';
import { readBundle } from './read-export.js';

/** From one index to before another. */
export function* readLines(
  dirs: readonly string[],
  size: bigint,
  from: number,
  to: number,
): Generator<{ index: number; line: Buffer }> {
  for (const span of tilesOf(size)) {
    if (span.level > 0) break;
    const begin = Number(span.n) * 256;
    if (begin + span.width <= from) continue;
    if (begin >= to) break;
    const { lines } = readBundle(dirs, span);
    for (const [at, line] of lines.slice(0, span.width).entries())
      if (begin + at >= from && begin + at < to) yield { index: begin + at, line };
  }
}
