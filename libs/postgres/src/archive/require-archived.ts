/** Reads an archive as whoever needs it will: from its files, line by line, each held against its hash in the tree. */
import type { Pool } from 'pg';
import type { ArchiveManifest } from '#contracts/entry-bodies.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { LedgerFault } from '../ledger/ledger-fault.js';
import type { ObjectStore } from '../ledger/object-store.js';
import { readTiles } from '../ledger/read-tiles.js';

export interface ArchivedBundle {
  /** Index of the first line. */
  begin: number;
  lines: Uint8Array[];
}

const tile = 256;

/** Throws `LedgerFault`, naming the line, where one is not there or not the one in the tree. */
export async function* archivedBundles(
  pool: Pool,
  { log, month, fromIndex, toIndex }: ArchiveManifest,
  store: ObjectStore,
): AsyncGenerator<ArchivedBundle> {
  for (let tileBegin = fromIndex - (fromIndex % tile); tileBegin < toIndex; tileBegin += tile) {
    const [begin, end] = [Math.max(tileBegin, fromIndex), Math.min(tileBegin + tile, toIndex)];
    const span = { level: 0, n: BigInt(tileBegin / tile), width: end - tileBegin };
    const file = await store.get(ledgerTree.bundlePath({ ...span, width: tile }));
    const lines = file ? ledgerTree.decodeBundle(file).slice(begin - tileBegin, end - tileBegin) : [];
    const [hashes] = await readTiles(pool, log, [span]);
    for (let index = begin; index < end; index += 1) {
      const line = lines[index - begin];
      const at = (index - tileBegin) * 32;
      if (!line || Buffer.compare(ledgerTree.leafHash(line), hashes!.subarray(at, at + 32)) !== 0)
        throw new LedgerFault(log, `line ${index} is not in the archive of ${month} as it is in the tree`);
    }
    yield { begin, lines };
  }
}

export async function requireArchived(pool: Pool, archive: ArchiveManifest, store: ObjectStore): Promise<void> {
  for await (const _ of archivedBundles(pool, archive, store));
}
