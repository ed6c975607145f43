/** Where an export is written: a folder here, or a store that speaks S3 (s3-object-store.ts). Paths are relative, with "/". */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ObjectStore {
  /** Replaces what is there, whole: a reader sees the old bytes or the new ones. */
  put(path: string, content: string | Uint8Array): Promise<void>;
  /** Null when there is none. */
  get(path: string): Promise<Buffer | null>;
}

export function folderStore(dir: string): ObjectStore {
  return {
    put: async (path, content) => {
      const file = join(dir, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.new`, content);
      await rename(`${file}.new`, file);
    },
    get: (path) =>
      readFile(join(dir, path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      }),
  };
}

/** A folder that is made, or is there and empty. Throws otherwise: an export mixed with another proves nothing. */
export async function newFolderStore(dir: string): Promise<ObjectStore> {
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty. Export into a new directory.`);
  return folderStore(dir);
}
