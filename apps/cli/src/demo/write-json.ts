/** JSON files that outlive a run, for whoever wants to look at what was used. */
import { writeFile } from 'node:fs/promises';

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 1)}\n`);
