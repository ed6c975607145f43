/** Proofs of the lines about one call, made from an exported folder: no database, no signature of anyone but the log's. */
import { readFileSync } from 'node:fs';
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
export function proveFromExport(dir: string, callId: string, archives: readonly string[] = []): CallProof[] {
  const checkpoint = readFileSync(join(dir, 'checkpoint'), 'utf8');
  const { size } = parseCheckpoint(parseNote(checkpoint).text);
  const spelled = Buffer.from(`"callId":${JSON.stringify(callId)}`);
  const proofs: CallProof[] = [];
  for (const { index, line } of readLines([dir, ...archives], size, 0, Number(size))) {
    if (!line.includes(spelled)) continue;
    const hashes = runPlan(dir, size, planInclusion(BigInt(index), size));
    proofs.push({ index, text: encodeProof({ index: BigInt(index), line, hashes, checkpoint }) });
  }
  return proofs;
}

/** A plan asks for the first hashes of a tile; the file holds all that there were. */
function runPlan<T>(dir: string, size: bigint, plan: TilePlan<T>): T {
  const tiles = plan.tiles.map(({ level, n, width }) => {
    const { full, partialWidth } = tileLayout(size)[level]!;
    const hashes = readTile(dir, { level, n, width: n < full ? 256 : partialWidth });
    if (typeof hashes === 'string') throw new Error(hashes);
    return Buffer.concat(hashes.slice(0, width));
  });
  return plan.fold(tiles);
}
