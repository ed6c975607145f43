/**
 * Grows two trees side by side, one from the lines and one from the tiles, and holds both against the checkpoints:
 * where only one of them leads to a signed root, the other was tampered with.
 */
import type { TileSpan, TreeEdge } from '#contracts/ledger-tree.js';
import { leafHash } from '#domain/ledger/leaf-hash.js';
import { tilePath, tileWidth } from '#domain/ledger/tile.js';
import { appendLeaves, planEdge } from '#domain/ledger/tree-edge.js';
import type { SealedHead } from './open-checkpoints.js';
import { readTile } from './read-export.js';

export type Finding = (index: number | null, what: string) => void;

/** False where one of them is not there. */
export const same = (left: Uint8Array | undefined, right: Uint8Array | undefined): boolean =>
  left !== undefined && right !== undefined && Buffer.compare(left, right) === 0;

function isSame(left: Uint8Array[], right: Uint8Array[], from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!same(left[at], right[at])) return false;
  return true;
}

/**
 * Compares each line that is there with its hash in the tile, and says where it came from if it was moved. `begin` is the
 * index of the first.
 */
export function compareLines(lines: Uint8Array[], hashes: Uint8Array[], begin: number, found: Finding): Uint8Array[] {
  const leaves = lines.map(leafHash);
  hashes.forEach((hash, i) => {
    const leaf = leaves[i];
    const line = lines[i];
    if (leaf === undefined || line === undefined || line.length === 0 || same(leaf, hash)) return;
    const from = hashes.findIndex((other) => same(leaf, other));
    found(
      begin + i,
      from < 0 ? 'its bytes do not have the hash in the tree' : `holds the line of index ${begin + from}`,
    );
  });
  return leaves;
}

export class TreeCheck {
  private lines: TreeEdge = planEdge(0n).fold([]);
  /** The same object as `lines` for as long as every line has had its hash: then one tree is grown for both. */
  private tiles: TreeEdge = this.lines;

  /** `heads` by rising size, none beyond the lines that will come. */
  constructor(
    private readonly dir: string,
    private readonly heads: SealedHead[],
    private readonly found: Finding,
  ) {}

  /** The next hashes, as computed from the lines and as found in the tile; at most one tile of them. */
  add(fromLines: Uint8Array[], fromTile: Uint8Array[]): void {
    const begin = this.tiles.size;
    const end = begin + BigInt(fromTile.length);
    const cuts = this.heads.filter(({ size }) => size > begin && size < end).map(({ size }) => size);
    let at = begin;
    for (const cut of [...new Set([...cuts, end])]) {
      const [from, to] = [Number(at - begin), Number(cut - begin)];
      const asOne = this.lines === this.tiles && isSame(fromLines, fromTile, from, to);
      const grown = appendLeaves(this.tiles, fromTile.slice(from, to));
      this.lines = asOne ? grown.edge : appendLeaves(this.lines, fromLines.slice(from, to)).edge;
      this.tiles = grown.edge;
      for (const { level, n, hashes } of grown.completed)
        if (level > 0) this.compareTile({ level, n, width: tileWidth }, hashes);
      this.compareHeads(cut);
      at = cut;
    }
  }

  /** The unfinished tiles above the lines. Call it once, at the end. */
  finish(): Uint8Array {
    for (const [level, hashes] of this.tiles.levels.entries()) {
      const n = this.tiles.size >> BigInt(8 * (level + 1));
      if (level > 0 && hashes.length > 0) this.compareTile({ level, n, width: hashes.length }, Buffer.concat(hashes));
    }
    return this.lines.root;
  }

  private compareTile(span: TileSpan, wanted: Uint8Array): void {
    const hashes = readTile(this.dir, span);
    if (typeof hashes === 'string') return this.found(null, hashes);
    if (!same(Buffer.concat(hashes), wanted))
      this.found(null, `${tilePath(span)} does not follow from the tiles below it`);
  }

  private compareHeads(size: bigint): void {
    for (const head of this.heads.filter((one) => one.size === size)) {
      if (this.lines.size === size && same(head.root, this.lines.root)) continue;
      const also = same(head.root, this.tiles.root) ? 'the tiles give this one' : 'nor do the tiles give it';
      this.found(null, `${head.name}: the first ${size} lines do not have the signed root; ${also}`);
    }
  }
}
