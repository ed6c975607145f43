/**
 * Where hashes and entries lie in files: C2SP tlog-tiles. A tile is 256 hashes of one level, eight levels of the
 * binary tree apart. A partial tile is named with its width, and once finished its hashes never change.
 */
import type { TileSpan } from '#contracts/ledger-tree.js';

export const tileHeight = 8;
export const tileWidth = 256;

const byLevel = (size: bigint, level: number): bigint => size >> BigInt(tileHeight * level);

/** How many hashes of each level a tree of this size has in full tiles and in the unfinished one. */
export function tileLayout(size: bigint): { level: number; full: bigint; partialWidth: number }[] {
  const layout = [];
  for (let level = 0; byLevel(size, level) > 0n; level += 1) {
    const hashes = byLevel(size, level);
    layout.push({ level, full: hashes >> 8n, partialWidth: Number(hashes & 255n) });
  }
  return layout;
}

/** The unfinished tiles of a tree of this size, lowest level first. */
export const partialTiles = (size: bigint): TileSpan[] =>
  tileLayout(size)
    .filter(({ partialWidth }) => partialWidth > 0)
    .map(({ level, full, partialWidth }) => ({ level, n: full, width: partialWidth }));

/** Every tile of a tree of this size, level by level. */
export function* tilesOf(size: bigint): Generator<TileSpan> {
  for (const { level, full, partialWidth } of tileLayout(size)) {
    for (let n = 0n; n < full; n += 1n) yield { level, n, width: tileWidth };
    if (partialWidth > 0) yield { level, n: full, width: partialWidth };
  }
}

/** 1234067 is `x001/x234/067`: groups of three digits, all but the last marked. */
export function indexPath(n: bigint): string {
  const digits = n.toString();
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

const suffix = (width: number): string => (width === tileWidth ? '' : `.p/${width}`);

export const tilePath = ({ level, n, width }: TileSpan): string => `tile/${level}/${indexPath(n)}${suffix(width)}`;
export const bundlePath = ({ n, width }: Pick<TileSpan, 'n' | 'width'>): string =>
  `tile/entries/${indexPath(n)}${suffix(width)}`;
/** Beside the bundle, what a database shows of its lines: outside of the C2SP layout, as JSON, one line each. */
export const columnsPath = ({ n, width }: Pick<TileSpan, 'n' | 'width'>): string =>
  `columns/${indexPath(n)}${suffix(width)}`;
