import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { sampleEntries } from '../../../../test/support/sample-entries.js';
import { entryBytes } from './canonical-entry.js';
import { checkpointSigner } from './checkpoint.js';
import { encodeProof, type InclusionProofText, openProof, parseProof } from './inclusion-proof.js';
import { leafHash } from './leaf-hash.js';
import { parseVerifierKey } from './signed-note.js';
import { planInclusion } from './tile-plan.js';
import { appendLeaves, planEdge } from './tree-edge.js';

const signer = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);
const keys = signer.verifierKeys.map(parseVerifierKey);
const lines = sampleEntries(200).map(entryBytes);
const leaves = lines.map(leafHash);

async function proofOf(index: number): Promise<InclusionProofText> {
  const { edge } = appendLeaves(planEdge(0n).fold([]), leaves);
  const plan = planInclusion(BigInt(index), 200n);
  const hashes = plan.fold(
    plan.tiles.map(({ n, width }) => Buffer.concat(leaves.slice(Number(n) * 256, Number(n) * 256 + width))),
  );
  return { index: BigInt(index), line: lines[index]!, hashes, checkpoint: await signer.sign(edge) };
}

test('every line proves itself, as text, to whoever has the key', async () => {
  for (const index of [0, 1, 127, 128, 199]) {
    const proof = await proofOf(index);
    const again = parseProof(encodeProof(proof));
    expect(again.line.toString()).toBe(proof.line.toString());
    expect(openProof(again, keys).size).toBe(200n);
  }
});

test('another line, place, hash, log or key proves nothing', async () => {
  const proof = await proofOf(5);
  const text = encodeProof(proof);
  expect(() => openProof({ ...proof, line: lines[6]! }, keys)).toThrow('is not number 5 of the 200');
  expect(() => openProof({ ...proof, index: 6n }, keys)).toThrow('is not number 6');
  expect(() => openProof({ ...proof, hashes: proof.hashes.slice(1) }, keys)).toThrow('is not number 5');
  expect(() => openProof({ ...proof, checkpoint: proof.checkpoint.replace('\n200\n', '\n201\n') }, keys)).toThrow(
    'does not belong',
  );
  const strange = checkpointSigner('o10.example/acme', generateKeyPairSync('ed25519').privateKey);
  expect(() => openProof(proof, strange.verifierKeys.map(parseVerifierKey))).toThrow('no known key');
  for (const [broken, why] of [
    [text.replace('@v1', '@v2'), 'begins with'],
    [text.replace('index 5', 'index 05'), '"extra" and "index"'],
    [text.replace(/^extra .*$/m, 'extra ?'), 'not base64'],
    [text.replace(/(\nindex 5\n).*\n/, '$1AAAA\n'), 'not a hash of 32 bytes'],
    ['', 'begins with'],
  ] as const)
    expect(() => parseProof(broken)).toThrow(why);
});
