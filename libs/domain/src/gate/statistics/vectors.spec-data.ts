/** Published vectors of the gate's statistics, where they are. Without them the specs that need them are skipped, loudly. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../../../../shared/data/gate');

export const published = existsSync(folder);
if (!published) console.warn(`SKIPPED: published gate vectors are not at ${folder}`);

/** Empty where there are none, so that a skipped `test.each` has something to read. */
export const vectors = <Shape>(file: string): Shape =>
  (published ? JSON.parse(readFileSync(join(folder, file), 'utf8')) : {}) as Shape;

export const sequences = (): Record<string, number[]> =>
  vectors<{ sequences?: Record<string, number[]> }>('sequences.json').sequences ?? {};
