/**
 * The key that signs checkpoints: Ed25519, PKCS 8 in PEM, in a file only its owner reads. Beside it lie the verifier
 * keys to hand out, and the last note signed per log, a memory the owner of the database cannot rewrite.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CheckpointSigner } from '#contracts/ledger-tree.js';
import { checkpointSigner } from '#domain/ledger/checkpoint.js';

/** Throws when the file is missing and may not be made, is readable by others, or holds no Ed25519 key. */
export function openSigningKey(file: string, mayCreate: boolean): KeyObject {
  if (!existsSync(file)) {
    if (!mayCreate)
      throw new Error(`The signing key ${file} is missing. Make one: openssl genpkey -algorithm ed25519 -out ${file}`);
    mkdirSync(dirname(file), { recursive: true });
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  }
  if ((statSync(file).mode & 0o077) !== 0)
    throw new Error(`The signing key ${file} can be read by others: chmod 600 it.`);
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds no Ed25519 key.`);
  return key;
}

/** The signer of each log, under the origin `<base>/<log>`; asking makes the file with its verifier keys. */
export function signersOf(key: KeyObject, file: string, originBase: string): (log: string) => CheckpointSigner {
  const made = new Map<string, CheckpointSigner>();
  return (log) => {
    const known = made.get(log);
    if (known) return known;
    const origin = `${originBase}/${log}`;
    // Keys that signed earlier checkpoints stay behind the one that signs now: replacing the key file is a rotation.
    const [present] = checkpointSigner(origin, key).verifierKeys;
    const former = keysIn(`${file}.${log}.pub`).filter((known) => known !== present && known.startsWith(`${origin}+`));
    const signer = { ...checkpointSigner(origin, key, former), memory: rememberIn(`${file}.${log}.note`) };
    writeFileSync(`${file}.${log}.pub`, `${signer.verifierKeys.join('\n')}\n`, { mode: 0o644 });
    made.set(log, signer);
    return signer;
  };
}

const keysIn = (file: string): string[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** One file, replaced whole. */
function rememberIn(file: string): NonNullable<CheckpointSigner['memory']> {
  return {
    last: () =>
      readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      }),
    keep: async (note) => {
      await writeFile(`${file}.new`, note, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
}
