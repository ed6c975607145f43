/** Where journals are kept: files whose writes return when their bytes are on disk. */
import { closeSync, constants, mkdirSync, openSync, readdirSync, rmSync, write } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface JournalDisk {
  /** Names of the files in a directory, which is made where it is missing. */
  list(directory: string): string[];
  /** Throws when it cannot be written, and when it is there already. */
  create(path: string): JournalFile;
  read(path: string): Promise<string>;
  /** One that is not there is gone already. */
  remove(path: string): void;
}

export interface JournalFile {
  /** Resolves when the bytes are on disk. A process that dies meanwhile may leave any beginning of them. */
  write(bytes: Buffer): Promise<void>;
  close(): void;
}

const writeSome = promisify(write);
/** A write to such a file returns when its bytes are on disk: one trip to the thread pool, where write and sync are two. */
const newSynced = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;

export const syncedDisk: JournalDisk = {
  list: (directory) => {
    mkdirSync(directory, { recursive: true });
    return readdirSync(directory);
  },
  create: (path) => {
    const file = openSync(path, newSynced);
    return { write: (bytes) => writeAll(file, bytes), close: () => closeSync(file) };
  },
  read: (path) => readFile(path, 'utf8'),
  remove: (path) => rmSync(path, { force: true }),
};

/** The system may take less than it was given, without an error. */
async function writeAll(file: number, bytes: Buffer): Promise<void> {
  for (let from = 0; from < bytes.length;) from += (await writeSome(file, bytes, from)).bytesWritten;
}
