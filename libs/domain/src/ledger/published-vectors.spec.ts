/** Published vectors: RFC 6962 trees and proofs, C2SP tiles and notes, RFC 8785 texts. Sizes go to 2^64 - 1. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import { openCheckpoint, parseCheckpoint } from './checkpoint.js';
import { appendToFrontier, emptyFrontier, foldSubtrees, rootOfFrontier } from './frontier.js';
import { emptyRoot, leafHash, nodeHash } from './leaf-hash.js';
import { consistencyNodes, inclusionNodes, type TreeNode } from './proof-nodes.js';
import { NoteError, openNote, parseNote, parseVerifierKey } from './signed-note.js';
import { indexPath, tileLayout } from './tile.js';
import { verifyConsistency, verifyInclusion } from './verify-proof.js';

const data = resolve(import.meta.dirname, '../../../../../shared/data');
const there = existsSync(join(data, 'merkle'));
if (!there) console.warn(`SKIPPED: no published Merkle, note and JCS vectors at ${data}`);

/** Numbers become bigint from their source text: plain parsing loses what is above 2^53. */
function parseWide<T>(text: string): T {
  const wide = (_key: string, value: unknown, context?: { source: string }) =>
    typeof value === 'number' ? BigInt(context!.source) : value;
  return JSON.parse(text, wide as (key: string, value: unknown) => unknown) as T;
}
const read = <T>(file: string): T => parseWide<T>(readFileSync(join(data, file), 'utf8'));
const fromHex = (text: string) => Buffer.from(text, 'hex');
const fromBase64 = (text: string | null) => Buffer.from(text ?? '', 'base64');

interface Core {
  hasher: { desc: string; hash: string; leafUtf8?: string; leftUtf8?: string; rightUtf8?: string }[];
  leafInputsHex: string[];
  rootHashesBySize: string[];
  inclusionProofs: { leafIndex: bigint; treeSize: bigint; proof: string[] }[];
  consistencyProofs: { size1: bigint; size2: bigint; proof: string[] }[];
}

describe.skipIf(!there)('RFC 6962 core', () => {
  const core: Core = there
    ? read('merkle/rfc6962-core.json')
    : { hasher: [], leafInputsHex: [], rootHashesBySize: [], inclusionProofs: [], consistencyProofs: [] };
  const leaves = core.leafInputsHex.map((hex) => leafHash(fromHex(hex)));
  const rootOf = (size: bigint) => fromHex(core.rootHashesBySize[Number(size)]!);
  const hashOf = ({ level, index }: TreeNode) => {
    const begin = Number(index) * 2 ** level;
    return rootOfFrontier(appendToFrontier(emptyFrontier, leaves.slice(begin, begin + 2 ** level)));
  };
  const proofOf = (path: TreeNode[][]) =>
    path.map((nodes) => Buffer.from(foldSubtrees(nodes.map(hashOf))).toString('hex'));

  test.each(core.hasher)('$desc', ({ hash, leafUtf8, leftUtf8, rightUtf8 }) => {
    const made =
      leafUtf8 !== undefined
        ? leafHash(Buffer.from(leafUtf8))
        : leftUtf8 !== undefined
          ? nodeHash(Buffer.from(leftUtf8), Buffer.from(rightUtf8!))
          : emptyRoot;
    expect(made.toString('hex')).toBe(hash);
  });

  test('roots of sizes 0 to 8', () => {
    const roots = core.rootHashesBySize.map((_, size) =>
      rootOfFrontier(appendToFrontier(emptyFrontier, leaves.slice(0, size))),
    );
    expect(roots.map((root) => Buffer.from(root).toString('hex'))).toEqual(core.rootHashesBySize);
    expect(roots).toHaveLength(9);
  });

  test('every inclusion path is made and accepted', () => {
    expect(core.inclusionProofs).toHaveLength(36);
    for (const { leafIndex, treeSize, proof } of core.inclusionProofs) {
      expect(proofOf(inclusionNodes(leafIndex, treeSize))).toEqual(proof);
      const claim = { index: leafIndex, size: treeSize, leafHash: leaves[Number(leafIndex)]!, root: rootOf(treeSize) };
      expect(verifyInclusion({ ...claim, proof: proof.map(fromHex) })).toBe(true);
    }
  });

  test('every consistency path is made and accepted', () => {
    expect(core.consistencyProofs).toHaveLength(36);
    for (const { size1, size2, proof } of core.consistencyProofs) {
      expect(proofOf(consistencyNodes(size1, size2))).toEqual(proof);
      const [from, to] = [
        { size: size1, root: rootOf(size1) },
        { size: size2, root: rootOf(size2) },
      ];
      expect(verifyConsistency(from, to, proof.map(fromHex))).toBe(true);
    }
  });
});

describe.skipIf(!there)('transparency-dev proofs', () => {
  interface InclusionCase {
    leafIdx: bigint;
    treeSize: bigint;
    root: string | null;
    leafHash: string | null;
    proof: string[] | null;
    wantErr: boolean;
    file: string;
  }
  interface ConsistencyCase {
    size1: bigint;
    size2: bigint;
    root1: string | null;
    root2: string | null;
    proof: string[] | null;
    wantErr: boolean;
    file: string;
  }
  const inclusion = there ? read<{ cases: InclusionCase[] }>('merkle/transparency-dev-inclusion.json').cases : [];
  const consistency = there ? read<{ cases: ConsistencyCase[] }>('merkle/transparency-dev-consistency.json').cases : [];

  test('all 98 + 98 are there, up to 2^64 - 1', () => {
    expect([inclusion.length, consistency.length]).toEqual([98, 98]);
    expect(inclusion.some((one) => one.leafIdx === 2n ** 64n - 1n)).toBe(true);
  });

  test.each(inclusion)('$file', (one) => {
    const proof = (one.proof ?? []).map(fromBase64);
    const claim = {
      index: one.leafIdx,
      size: one.treeSize,
      leafHash: fromBase64(one.leafHash),
      root: fromBase64(one.root),
    };
    expect(verifyInclusion({ ...claim, proof })).toBe(!one.wantErr);
  });

  test.each(consistency)('$file', (one) => {
    const [from, to] = [
      { size: one.size1, root: fromBase64(one.root1) },
      { size: one.size2, root: fromBase64(one.root2) },
    ];
    expect(verifyConsistency(from, to, (one.proof ?? []).map(fromBase64))).toBe(!one.wantErr);
  });
});

describe.skipIf(!there)('C2SP', () => {
  interface Layout {
    size: bigint;
    tiles: { level: bigint; full: bigint; partialWidth: bigint }[];
  }
  interface Notes {
    valid: { vkey: string; note: string }[];
    invalid: { vkey: string; note: string; why: string }[];
    checkpointParse: { checkpoint: string; origin: string; size: string; rootB64: string }[];
  }
  const tiles = there
    ? read<{ layouts: Layout[]; indexPaths: { n: bigint; path: string }[] }>('merkle/tlog-tiles-layout.json')
    : { layouts: [], indexPaths: [] };
  const notes = there
    ? read<Notes>('merkle/signed-note-vectors.json')
    : { valid: [], invalid: [], checkpointParse: [] };

  test.each(tiles.layouts)('tiles of a tree of $size', ({ size, tiles: wanted }) => {
    expect(tileLayout(size)).toEqual(
      wanted.map(({ level, full, partialWidth }) => ({
        level: Number(level),
        full,
        partialWidth: Number(partialWidth),
      })),
    );
  });

  test.each(tiles.indexPaths)('tile $n is at $path', ({ n, path }) => expect(indexPath(n)).toBe(path));

  test('the signed note opens, and does not once altered', () => {
    expect(notes.valid).toHaveLength(1);
    expect(notes.invalid).toHaveLength(2);
    for (const { vkey, note } of notes.valid)
      expect(openNote(note, [parseVerifierKey(vkey)]).signedBy).toEqual(['example.com/foo']);
    for (const { vkey, note } of notes.invalid)
      expect(() => openNote(note, [parseVerifierKey(vkey)])).toThrow(NoteError);
  });

  test.each(notes.checkpointParse)('the checkpoint of $origin parses', ({ checkpoint, origin, size, rootB64 }) => {
    const parsed = parseCheckpoint(parseNote(checkpoint).text);
    expect(parsed).toEqual({ origin, size: BigInt(size), root: Buffer.from(rootB64, 'base64'), extensions: [] });
    expect(() => openCheckpoint(checkpoint, [])).toThrow('no known key');
  });
});

const jcs = join(data, 'conformance/jcs/testdata');
describe.skipIf(!existsSync(jcs))('RFC 8785', () => {
  const names = existsSync(jcs) ? readdirSync(join(jcs, 'input')) : [];
  test('six texts are there', () => expect(names).toHaveLength(6));
  test.each(names)('%s', (name) => {
    const made = canonicalize(JSON.parse(readFileSync(join(jcs, 'input', name), 'utf8')));
    const hex = readFileSync(join(jcs, 'outhex', name.replace('.json', '.txt')), 'utf8').replace(/\s/g, '');
    expect(Buffer.from(made!, 'utf8').toString('hex')).toBe(hex);
  });
});
