import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Entry } from '#contracts/entry.js';
import { entryBytes, entryBytesMax, readEntry } from './canonical-entry.js';
import { checkpointSigner, openCheckpoint } from './checkpoint.js';
import { decodeBundle, encodeBundle } from './entry-bundle.js';
import { leafHash } from './leaf-hash.js';
import { encodeVerifierKey, openNote, parseVerifierKey, signNote } from './signed-note.js';

const entry: Entry = {
  schema: 'o10.entry.v1',
  log: 'acme',
  kind: 'mode_switch',
  id: '0190f6ce-0000-7000-8000-000000000001',
  occurredAt: '2026-11-20T10:00:00.000Z',
  actor: 'someone@acme.example',
  body: { useCase: 'support', to: 'shadow', note: 'é €\u2028' },
};

test('the bytes do not depend on the order of fields, and read back to the same entry', () => {
  const { body, ...head } = entry;
  const shuffled = { body: { note: body['note'], to: 'shadow', useCase: 'support' }, ...head } as Entry;
  expect(entryBytes(shuffled).equals(entryBytes(entry))).toBe(true);
  expect(readEntry(entryBytes(entry))).toEqual(entry);
});

test.each([
  ['too long', { ...entry, body: { text: 'x'.repeat(entryBytesMax) } }, 'a line has at most 65535'],
  ['a bigint', { ...entry, body: { cost: 1n } }, 'BigInt'],
  ['half a character', { ...entry, body: { text: '\ud800' } }, 'surrogate'],
])('%s is refused', (_, given, message) => expect(() => entryBytes(given)).toThrow(message));

test.each([
  ['a space more', ` ${entryBytes(entry).toString()}`, 'canonical'],
  ['another schema', entryBytes(entry).toString().replace('entry.v1', 'entry.x'), 'not an entry: schema'],
  ['a field twice', entryBytes(entry).toString().replace('{', '{"actor":null,'), 'canonical'],
  ['half a line', entryBytes(entry).toString().slice(0, 40), 'JSON'],
])('bytes with %s do not read', (_, text, message) => expect(() => readEntry(Buffer.from(text))).toThrow(message));

test('a bundle gives back its entries, and says where it is cut off', () => {
  const entries = [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(65_535, 7)];
  const bundle = encodeBundle(entries);
  expect(decodeBundle(bundle)).toEqual(entries);
  expect(() => decodeBundle(bundle.subarray(0, -1))).toThrow('entry 2 of the bundle is cut off');
  expect(() => encodeBundle([Buffer.alloc(65_536)])).toThrow();
});

test('a checkpoint opens with its key and origin, and with a key it replaced', async () => {
  const [old, young] = [generateKeyPairSync('ed25519').privateKey, generateKeyPairSync('ed25519').privateKey];
  const head = { size: 7n, root: leafHash(Buffer.from('root')) };
  const former = checkpointSigner('o10.example/acme', old);
  const signer = checkpointSigner('o10.example/acme', young, former.verifierKeys);
  expect(signer.open(await former.sign(head))).toMatchObject(head);
  expect(() => former.open(`${head.size}`)).toThrow('blank line');
  const note = await signer.sign(head);
  expect(() => former.open(note)).toThrow('no known key');
  expect(() => signer.open(note.replace('\n7\n', '\n8\n'))).toThrow('does not belong to this text');
  expect(() => openCheckpoint(note, signer.verifierKeys.map(parseVerifierKey), 'o10.example/other')).toThrow(
    'not of o10.example/other',
  );
});

test('a second signature by a stranger is ignored, a wrong one by a known key is not', () => {
  const keys = [generateKeyPairSync('ed25519').privateKey, generateKeyPairSync('ed25519').privateKey];
  const text = 'hello\n';
  const [mine, strange] = [signNote(text, 'a', keys[0]!), signNote(text, 'b', keys[1]!)];
  const both = mine + strange.slice(text.length + 1);
  const known = parseVerifierKey(encodeVerifierKey('a', keys[0]!));
  expect(openNote(both, [known]).signedBy).toEqual(['a']);
  const stolen = both.replace(text, 'hullo\n');
  expect(() => openNote(stolen, [known])).toThrow('does not belong');
  expect(() => parseVerifierKey(encodeVerifierKey('a', keys[0]!).replace('a+', 'b+'))).toThrow(
    'does not belong to its hash',
  );
  expect(() => encodeVerifierKey('a b', keys[0]!)).toThrow('no spaces');
});
