/**
 * Reads an exported ledger from its folder. A file that is missing or cut off is a finding, not a crash. File by file and
 * blocking: nothing else waits, and a thread that checks lines reads its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveManifest } from '#contracts/entry-bodies.js';
import type { TileSpan } from '#contracts/ledger-tree.js';
import { decodeBundle } from '#domain/ledger/entry-bundle.js';
import { bundlePath, columnsPath, tilePath, tileWidth } from '#domain/ledger/tile.js';
import { hashesOf } from '#domain/ledger/tile-plan.js';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Null when there is no such file. */
export function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export interface NamedNote {
  name: string;
  note: string;
}

/** Every signed note of the folder, `checkpoint` first. */
export function readNotes(dir: string): NamedNote[] {
  const names = namesIn(join(dir, 'checkpoints'));
  const paths = ['checkpoint', ...names.sort((a, b) => Number(a) - Number(b)).map((name) => `checkpoints/${name}`)];
  const notes: NamedNote[] = [];
  for (const name of paths) {
    const bytes = readIfThere(join(dir, name));
    if (bytes) notes.push({ name, note: bytes.toString('utf8') });
  }
  return notes;
}

/** The hashes of a tile, or what is wrong with its file. */
export function readTile(dir: string, span: TileSpan): Uint8Array[] | string {
  const path = tilePath(span);
  const bytes = readIfThere(join(dir, path));
  if (!bytes) return `${path} is missing`;
  if (bytes.length !== span.width * 32) return `${path} has ${bytes.length} bytes instead of ${span.width * 32}`;
  return hashesOf(bytes, span);
}

/**
 * The lines under a tile of level 0, or what is wrong with their files. `dirs`: the export, then archives of lines that are
 * in it no more; a line that is nowhere is empty.
 */
export function readBundle(dirs: readonly string[], span: TileSpan): { lines: Buffer[]; problem: string | null } {
  const found: Buffer[][] = [];
  const paths = dirs.map((dir, at) => join(dir, bundlePath(at === 0 ? span : wholeTile(span))));
  for (const [at, path] of paths.entries()) {
    const bytes = readIfThere(path);
    if (!bytes) continue;
    try {
      found.push(decodeBundle(bytes));
    } catch (error) {
      return { lines: [], problem: `${bundlePath(span)}: ${error instanceof Error ? error.message : String(error)}` };
    }
    const { length } = found.at(-1)!;
    if (at === 0 && length !== span.width)
      return { lines: found[0]!, problem: `${bundlePath(span)} holds ${length} lines instead of ${span.width}` };
  }
  if (found.length === 0) return { lines: [], problem: `${bundlePath(span)} is missing` };
  if (found.length === 1 && found[0]!.length === span.width) return { lines: found[0]!, problem: null };
  const nothing = Buffer.alloc(0);
  const lineAt = (at: number) => found.map((lines) => lines[at]).find((line) => line && line.length > 0) ?? nothing;
  return { lines: Array.from({ length: span.width }, (_, at) => lineAt(at)), problem: null };
}

/** What the database shows of those lines, one text each; null where the export was made without. */
export function readColumns(dirs: readonly string[], span: TileSpan): string[] | null {
  const paths = dirs.map((dir, at) => join(dir, columnsPath(at === 0 ? span : wholeTile(span))));
  const files = paths.map(readIfThere);
  const found = files.flatMap((bytes) => (bytes ? [bytes.toString('utf8').split('\n').slice(0, -1)] : []));
  if (found.length < 2) return found[0] ?? null;
  const columnsAt = (at: number) => found.map((columns) => columns[at]).find((one) => one && one !== 'null') ?? 'null';
  return Array.from({ length: span.width }, (_, at) => columnsAt(at));
}

/** An archive is of lines, not of a size: its last file has the name of a whole tile. */
const wholeTile = ({ level, n }: TileSpan): TileSpan => ({ level, n, width: tileWidth });

/** The rows of a price book as they are on the wire; null where there is no such file. Throws when it is no JSON. */
export function readPriceRows(dirs: readonly string[], hash: string): unknown {
  for (const dir of dirs) {
    const bytes = readIfThere(join(dir, 'prices', `${hash}.json`));
    if (bytes) return JSON.parse(bytes.toString('utf8')) as unknown;
  }
  return null;
}

/** Throws unless the folder is an archive, whole. */
export function readArchive(dir: string): ArchiveManifest {
  const bytes = readIfThere(join(dir, 'archive.json'));
  if (!bytes) throw new Error(`${dir} has no archive.json: it is no archive, or one that was broken off.`);
  return ArchiveManifest.parse(JSON.parse(bytes.toString('utf8')));
}
