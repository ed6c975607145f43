/** Reads an exported ledger from its folder. A file that is missing or cut off is a finding, not a crash. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TileSpan } from '#contracts/ledger-tree.js';
import { decodeBundle } from '#domain/ledger/entry-bundle.js';
import { bundlePath, columnsPath, tilePath } from '#domain/ledger/tile.js';
import { hashesOf } from '#domain/ledger/tile-plan.js';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Null when there is no such file. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export interface NamedNote {
  name: string;
  note: string;
}

/** Every signed note of the folder, `checkpoint` first. */
export async function readNotes(dir: string): Promise<NamedNote[]> {
  const names = await readdir(join(dir, 'checkpoints')).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const paths = ['checkpoint', ...names.sort((a, b) => Number(a) - Number(b)).map((name) => `checkpoints/${name}`)];
  const notes: NamedNote[] = [];
  for (const name of paths) {
    const bytes = await readIfThere(join(dir, name));
    if (bytes) notes.push({ name, note: bytes.toString('utf8') });
  }
  return notes;
}

/** The hashes of a tile, or what is wrong with its file. */
export async function readTile(dir: string, span: TileSpan): Promise<Uint8Array[] | string> {
  const path = tilePath(span);
  const bytes = await readIfThere(join(dir, path));
  if (!bytes) return `${path} is missing`;
  if (bytes.length !== span.width * 32) return `${path} has ${bytes.length} bytes instead of ${span.width * 32}`;
  return hashesOf(bytes, span);
}

/** The lines under a tile of level 0, or what is wrong with their file. */
export async function readBundle(dir: string, span: TileSpan): Promise<{ lines: Buffer[]; problem: string | null }> {
  const path = bundlePath(span);
  const bytes = await readIfThere(join(dir, path));
  if (!bytes) return { lines: [], problem: `${path} is missing` };
  try {
    const lines = decodeBundle(bytes);
    if (lines.length === span.width) return { lines, problem: null };
    return { lines, problem: `${path} holds ${lines.length} lines instead of ${span.width}` };
  } catch (error) {
    return { lines: [], problem: `${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** What the database shows of those lines, one text each; null where the export was made without. */
export async function readColumns(dir: string, span: TileSpan): Promise<string[] | null> {
  const bytes = await readIfThere(join(dir, columnsPath(span)));
  return bytes && bytes.toString('utf8').split('\n').slice(0, -1);
}

/** The rows of a price book as they are on the wire; null where there is no such file. Throws when it is no JSON. */
export async function readPriceRows(dir: string, hash: string): Promise<unknown> {
  const bytes = await readIfThere(join(dir, 'prices', `${hash}.json`));
  return bytes && (JSON.parse(bytes.toString('utf8')) as unknown);
}
