/** The tree against the definition of RFC 6962 section 2.1, on random sizes; and proofs read from tiles. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TilePlan, TileSpan } from '#contracts/ledger-tree.js';
import { appendToFrontier, emptyFrontier, foldPerfect, rootOfFrontier } from './frontier.js';
import { emptyRoot, leafHash, nodeHash } from './leaf-hash.js';
import { consistencyNodes, inclusionNodes } from './proof-nodes.js';
import { tilesOf } from './tile.js';
import { planConsistency, planInclusion, planRoot } from './tile-plan.js';
import { appendLeaves, planEdge } from './tree-edge.js';
import { verifyConsistency, verifyInclusion } from './verify-proof.js';

const most = 70_000;
const leaves = Array.from({ length: most }, (_, i) => leafHash(Buffer.from(`line ${i}`)));

/** MTH(D[n]) as the RFC writes it. */
function treeHash(from: readonly Uint8Array[]): Uint8Array {
  if (from.length < 2) return from[0] ?? emptyRoot;
  let split = 1;
  while (split * 2 < from.length) split *= 2;
  return nodeHash(treeHash(from.slice(0, split)), treeHash(from.slice(split)));
}

/** Hashes by tile level, straight from the leaves. */
const rows: Uint8Array[][] = [leaves];
while (rows.at(-1)!.length >= 256) {
  const row = rows.at(-1)!;
  rows.push(Array.from({ length: row.length >> 8 }, (_, i) => foldPerfect(row.slice(i * 256, (i + 1) * 256))));
}
function tileOf({ level, n, width }: TileSpan): Buffer {
  const hashes = rows[level]!.slice(Number(n) * 256, Number(n) * 256 + width);
  expect(hashes).toHaveLength(width);
  return Buffer.concat(hashes);
}
const run = <T>(plan: TilePlan<T>): T => plan.fold(plan.tiles.map(tileOf));
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 1200 }),
  fc.constantFrom(255, 256, 257, 511, 512, 65_535, 65_536, 65_537, most),
);

test('frontier, edge and tiles give the root of the definition', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1200 }), (size) => {
      const wanted = Buffer.from(treeHash(leaves.slice(0, size)));
      expect(wanted.equals(rootOfFrontier(appendToFrontier(emptyFrontier, leaves.slice(0, size))))).toBe(true);
      expect(wanted.equals(run(planEdge(BigInt(size))).root)).toBe(true);
      expect(wanted.equals(run(planRoot(BigInt(size))))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('two appends are one append, and complete every tile once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 66_000 }), fc.integer({ min: 0, max: 900 }), (size, more) => {
      const end = Math.min(most, size + more);
      const { edge, completed } = appendLeaves(run(planEdge(BigInt(size))), leaves.slice(size, end));
      const frontier = appendToFrontier(emptyFrontier, leaves.slice(0, end));
      expect({ size: edge.size, nodes: edge.frontier }).toEqual(frontier);
      expect(edge).toEqual(run(planEdge(BigInt(end))));
      const full = (at: number) =>
        [...tilesOf(BigInt(at))].filter(({ width }) => width === 256).map(({ level, n }) => `${level}/${n}`);
      const before = new Set(full(size));
      expect(completed.map(({ level, n }) => `${level}/${n}`).sort()).toEqual(
        full(end)
          .filter((name) => !before.has(name))
          .sort(),
      );
      for (const { level, n, hashes, root } of completed) {
        const wanted = tileOf({ level, n, width: 256 });
        expect(wanted.equals(hashes)).toBe(true);
        expect(
          Buffer.compare(root, tileOf({ level: level + 1, n: n >> 8n, width: Number(n & 255n) + 1 }).subarray(-32)),
        ).toBe(0);
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('proofs read from tiles verify, and not for another line, size or root', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (size, draw, other) => {
      const index = BigInt(draw % size);
      const root = run(planRoot(BigInt(size)));
      const proof = run(planInclusion(index, BigInt(size)));
      const claim = { index, size: BigInt(size), leafHash: leaves[Number(index)]!, proof, root };
      expect(verifyInclusion(claim)).toBe(true);
      if (size > 1) expect(verifyInclusion({ ...claim, index: (index + 1n) % BigInt(size) })).toBe(false);
      expect(verifyInclusion({ ...claim, leafHash: leafHash(Buffer.from('forged')) })).toBe(false);
      const from = BigInt((other % size) + 1);
      const head = { size: from, root: run(planRoot(from)) };
      const path = run(planConsistency(from, BigInt(size)));
      expect(verifyConsistency(head, { size: BigInt(size), root }, path)).toBe(true);
      expect(verifyConsistency({ ...head, root: emptyRoot }, { size: BigInt(size), root }, path)).toBe(false);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('sizes of 64 bits keep their coordinates', () => {
  const most64 = 2n ** 64n - 1n;
  expect(inclusionNodes(most64 - 1n, most64)).toHaveLength(63);
  expect(
    consistencyNodes(2n ** 63n, most64)
      .flat()
      .at(-1),
  ).toEqual({ level: 0, index: most64 - 1n });
  expect(planRoot(most64).tiles.at(-1)).toEqual({ level: 0, n: (most64 - 1n) >> 8n, width: 255 });
});

test('what cannot be proved is refused by name', () => {
  expect(() => planInclusion(5n, 5n)).toThrow('line 5 is not among the first 5');
  expect(() => planConsistency(0n, 5n)).toThrow('no consistency proof leads from 0 to 5');
  expect(() => planEdge(3n).fold([Buffer.alloc(64)])).toThrow('tile 0/0 has 64 bytes instead of 96');
  expect(() => appendToFrontier(emptyFrontier, [Buffer.alloc(31)])).toThrow('32 bytes');
});
