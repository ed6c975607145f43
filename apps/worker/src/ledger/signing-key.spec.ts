import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCheckpoint } from '#domain/ledger/checkpoint.js';
import { parseVerifierKey } from '#domain/ledger/signed-note.js';
import { openSigningKey, signersOf } from './signing-key.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'o10-key-'));
  file = join(folder, 'deep', 'key.pem');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('made once, for its owner alone, and the same afterwards', () => {
  const made = openSigningKey(file, true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(openSigningKey(file, false).equals(made)).toBe(true);
});

test('refused: missing, readable by others, no Ed25519 key', () => {
  expect(() => openSigningKey(file, false)).toThrow('missing');
  expect(existsSync(file)).toBe(false);
  openSigningKey(file, true);
  chmodSync(file, 0o640);
  expect(() => openSigningKey(file, true)).toThrow('read by others');
  chmodSync(file, 0o600);
  writeFileSync(file, 'no key');
  expect(() => openSigningKey(file, true)).toThrow();
});

test('a signer leaves its verifier key beside the key, and remembers its last note', async () => {
  const signer = signersOf(openSigningKey(file, true), file, 'o10.example')('acme');
  const note = await signer.sign({ size: 3n, root: Buffer.alloc(32, 7) });
  expect(await signer.memory?.last()).toBeNull();
  await signer.memory?.keep(note);
  const again = signersOf(openSigningKey(file, false), file, 'o10.example')('acme');
  expect(await again.memory?.last()).toBe(note);
  const published = parseVerifierKey(readFileSync(`${file}.acme.pub`, 'utf8').trim());
  expect(openCheckpoint(note, [published], 'o10.example/acme').size).toBe(3n);
});

test('a key that is replaced stays in the history, and what it signed still opens', async () => {
  const old = signersOf(openSigningKey(file, true), file, 'o10.example')('acme');
  const note = await old.sign({ size: 3n, root: Buffer.alloc(32, 7) });
  rmSync(file);
  const young = signersOf(openSigningKey(file, true), file, 'o10.example')('acme');
  expect(young.verifierKeys).toHaveLength(2);
  expect(young.verifierKeys[1]).toBe(old.verifierKeys[0]);
  expect(young.open(note).size).toBe(3n);
  expect(readFileSync(`${file}.acme.pub`, 'utf8')).toBe(`${young.verifierKeys.join('\n')}\n`);
});
