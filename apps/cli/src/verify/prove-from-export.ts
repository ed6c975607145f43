/** Proofs of the lines about one call, made from an exported folder: no database, no signature of anyone but the log's. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TilePlan } from '#contracts/ledger-tree.js';
import { parseCheckpoint } from '#domain/ledger/checkpoint.js';
import { encodeProof } from '#domain/ledger/inclusion-proof.js';
import { parseNote } from '#domain/ledger/signed-note.js';
import { tileLayout } from '#domain/ledger/tile.js';
import { planInclusion } from '#domain/ledger/tile-plan.js';
import { readTile } from './read-export.js';
import { readLines } from './read-lines.js';

export interface CallProof {
  index: number;
  /** As `encodeProof` spells it. */
  text: string;
}

/** Oldest first; empty when no line of the export, or of archives beside it, is about that call. Throws when a file it needs is missing. */
export async function proveFromExport(
  dir: string,
  callId: string,
  archives: readonly string[] = [],
): Promise<CallProof[]> {
  const checkpoint = await readFile(join(dir, 'checkpoint'), 'utf8');
  const { size } = parseCheckpoint(parseNote(checkpoint).text);
  const spelled = Buffer.from(`"callId":${JSON.stringify(callId)}`);
  const proofs: CallProof[] = [];
  for await (const { index, line } of readLines([dir, ...archives], size, 0, Number(size))) {
    if (!line.includes(spelled)) continue;
    const hashes = await runPlan(dir, size, planInclusion(BigInt(index), size));
    proofs.push({ index, text: encodeProof({ index: BigInt(index), line, hashes, checkpoint }) });
  }
  return proofs;
}

/** A plan asks for the first hashes of a tile; the file holds all that there were. */
async function runPlan<T>(dir: string, size: bigint, plan: TilePlan<T>): Promise<T> {
  const tiles = await Promise.all(
    plan.tiles.map(async ({ level, n, width }) => {
      const { full, partialWidth } = tileLayout(size)[level]!;
      const hashes = await readTile(dir, { level, n, width: n < full ? 256 : partialWidth });
      if (typeof hashes === 'string') throw new Error(hashes);
      return Buffer.concat(hashes.slice(0, width));
    }),
  );
  return plan.fold(tiles);
}
