/**
 * A backup is the database and what opens and signs it: the installation's secrets, the ledger's key, and the signer's
 * memory. The memory is copied before the database: a signer that remembers more than there is will never sign again.
 */
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backupDatabase } from '#postgres/backup/backup-database.js';
import type { BackupManifest } from '#postgres/backup/manifest.js';
import { restoreDatabase } from '#postgres/backup/restore-database.js';
import { importCheckpoints } from './import-checkpoints.js';

/** Secrets, signing key, its public keys and its last notes. Not the journal: what it holds ends in the records of the desk. */
const isKept = (name: string): boolean => name === 'secrets.json' || name.startsWith('ledger-signing-key.pem');

/** `installationDir` null: the database alone, whose secrets are kept elsewhere. */
export async function backUp(
  databaseUrl: string,
  installationDir: string | null,
  dir: string,
  nowMs: number,
): Promise<BackupManifest> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty. Back up into a new directory.`);
  await chmod(dir, 0o700);
  if (installationDir !== null) await copyKept(installationDir, join(dir, 'installation'));
  return backupDatabase(databaseUrl, dir, nowMs);
}

/** Requires an empty database, and an installation without secrets of its own or with the same ones. */
export async function restore(
  databaseUrl: string,
  installationDir: string | null,
  dir: string,
  migrationsDir: string,
  nowMs: number,
): Promise<BackupManifest> {
  const from = join(dir, 'installation');
  if (installationDir !== null && existsSync(from)) {
    const there = existsSync(installationDir) ? (await readdir(installationDir)).filter(isKept) : [];
    if (there.length > 0)
      throw new Error(
        `${installationDir} has ${there.join(', ')} already. Move them away, or restore into another project.`,
      );
  }
  const manifest = await restoreDatabase(databaseUrl, dir, migrationsDir);
  await importCheckpoints(databaseUrl, manifest, nowMs);
  if (installationDir !== null && existsSync(from)) await copyKept(from, installationDir);
  return manifest;
}

async function copyKept(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of (await readdir(from)).filter(isKept)) await copyFile(join(from, name), join(to, name));
}
