/**
 * Checks an exported ledger with files and public keys alone: no database, no network, nothing of ours running.
 * Keys and checkpoints that lie in the folder came from whoever wrote it: pass your own to trust nobody, and a
 * checkpoint you kept, without which a tail that was cut off, signatures and all, cannot be noticed.
 */
import { join } from 'node:path';
import type { EntryKind } from '#contracts/entry.js';
import { LineAudit, type UseCaseTotals } from '#domain/ledger/line-audit.js';
import { tilesOf } from '#domain/ledger/tile.js';
import { compareLines, type Finding, TreeCheck } from './check-tree.js';
import { openCheckpoints, type SealedHead } from './open-checkpoints.js';
import { readBundle, readIfThere, readNotes, readTile } from './read-export.js';

export interface VerifyOptions {
  /** C2SP verifier keys (`name+hash+key`). Default: keys.txt of the folder, and the report says so. */
  keys?: string[];
  /** Signed notes the reader kept from earlier exports. */
  keptCheckpoints?: string[];
  /** The log this must be. Default: the one its checkpoint names. */
  origin?: string;
}

export interface LedgerProblem {
  /** The line at fault; null where it is a file or a checkpoint. */
  index: number | null;
  what: string;
}

export interface LedgerReport {
  ok: boolean;
  /** At most 1,000 of them. */
  problems: LedgerProblem[];
  problemCount: number;
  origin: string | null;
  log: string | null;
  /** Lines the last checkpoint of the folder covers. */
  size: number;
  /** Root over the lines as they are, hex. */
  root: string | null;
  checkpoints: number;
  keptCheckpoints: number;
  keysFrom: 'reader' | 'export';
  kinds: Partial<Record<EntryKind, number>>;
  totals: Record<string, UseCaseTotals>;
}

const problemsMax = 1000;

export async function verifyLedger(dir: string, options: VerifyOptions = {}): Promise<LedgerReport> {
  const problems: LedgerProblem[] = [];
  let problemCount = 0;
  const found: Finding = (index, what) => {
    problemCount += 1;
    if (problems.length < problemsMax) problems.push({ index, what });
  };
  const keys = options.keys ?? (await keysOf(dir));
  const own = openCheckpoints(await readNotes(dir), keys, options.origin ?? null);
  const keptNotes = (options.keptCheckpoints ?? []).map((note, i) => ({ name: `kept checkpoint ${i + 1}`, note }));
  const kept = openCheckpoints(keptNotes, keys, own.origin);
  for (const what of [...own.problems, ...kept.problems]) found(null, what);
  const size = own.heads.at(-1)?.size ?? 0n;
  if (size === 0n) found(null, 'no checkpoint of this folder is signed by a known key');
  for (const head of kept.heads.filter((one) => one.size > size)) {
    found(Number(size), `the lines end here; ${head.name} covers ${head.size}: the tail was cut off`);
  }
  const heads = [...own.heads, ...kept.heads].filter((head) => head.size <= size);
  const { audit, root } = await readAll(dir, size, sorted(heads), found);
  return {
    ok: problemCount === 0,
    problems,
    problemCount,
    origin: own.origin,
    log: audit.log,
    size: Number(size),
    root: size === 0n ? null : Buffer.from(root).toString('hex'),
    checkpoints: new Set(own.heads.map((head) => head.size)).size,
    keptCheckpoints: kept.heads.length,
    keysFrom: options.keys ? 'reader' : 'export',
    kinds: audit.kinds,
    totals: audit.totals(),
  };
}

async function keysOf(dir: string): Promise<string[]> {
  const text = (await readIfThere(join(dir, 'keys.txt')))?.toString('utf8') ?? '';
  return text.split('\n').filter((line) => line !== '');
}

const sorted = (heads: SealedHead[]) => heads.toSorted((a, b) => (a.size < b.size ? -1 : Number(a.size > b.size)));

/** Every line once: its hash, its place in the tree, what it says. */
async function readAll(
  dir: string,
  size: bigint,
  heads: SealedHead[],
  found: Finding,
): Promise<{ audit: LineAudit; root: Uint8Array }> {
  const audit = new LineAudit();
  const tree = new TreeCheck(dir, heads, found);
  for (const span of tilesOf(size)) {
    if (span.level > 0) break;
    const begin = Number(span.n) * 256;
    const { lines, problem } = await readBundle(dir, span);
    if (problem) found(begin, problem);
    const tile = await readTile(dir, span);
    if (typeof tile === 'string') found(begin, tile);
    const leaves = compareLines(lines.slice(0, span.width), typeof tile === 'string' ? [] : tile, begin, found);
    // Without its tile a line has nothing but itself to be compared with; the checkpoints still judge.
    await tree.add(leaves, typeof tile === 'string' ? leaves : tile);
    lines.slice(0, span.width).forEach((line, i) => {
      if (line.length > 0) for (const what of audit.add(begin + i, line)) found(begin + i, what);
    });
  }
  return { audit, root: await tree.finish() };
}
