/**
 * Checks an exported ledger with files and public keys alone: no database, no network, nothing of ours running.
 * Keys and checkpoints that lie in the folder came from whoever wrote it: pass your own to trust nobody, and a
 * checkpoint you kept, without which a tail that was cut off, signatures and all, cannot be noticed.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bookedOf } from '#domain/ledger/call-entry.js';
import { hashBytes } from '#domain/ledger/leaf-hash.js';
import { LineAudit, type UseCaseTotals } from '#domain/ledger/line-audit.js';
import { checkStatement } from './check-statements.js';
import type { CheckedBundle } from './check-bundle.js';
import { type Finding, TreeCheck } from './check-tree.js';
import { checkedBundles } from './checked-bundles.js';
import { openCheckpoints, type SealedHead } from './open-checkpoints.js';
import { MissingLines } from './missing-lines.js';
import type { Progress } from './progress.js';
import { readArchive, readIfThere, readNotes } from './read-export.js';

export interface VerifyOptions {
  /** C2SP verifier keys (`name+hash+key`). Default: keys.txt of the folder, and the report says so. */
  keys?: string[];
  /** Signed notes the reader kept from earlier exports. */
  keptCheckpoints?: string[];
  /** Folders of `o10 ledger archive`, for lines that are in the export no more. */
  archives?: string[];
  /** The log this must be. Default: the one its checkpoint names. */
  origin?: string;
  /** How many threads check lines beside this one. Default: none for a small ledger or on one core, else two. */
  threads?: number;
  /** Told of lines as they are read. */
  progress?: Progress;
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
  kinds: Record<string, number>;
  /** Lines of a kind or a version this verifier does not know: in their place, with their bytes, and not understood. */
  unknown: Record<string, number>;
  totals: Record<string, UseCaseTotals>;
  /** Statements whose figures were made again. */
  statements: number;
  /** By statement: lines behind its range that correct its calls. Its figures are right as of its range. */
  statementsCorrectedSince: Record<string, number>;
  /** Attempts held against the limit of an envelope, and envelopes whose limit no line tells, with their attempts. */
  envelopeChecks: number;
  envelopesUnchecked: Record<string, number>;
  /** Attempts that cost more than was held for them. */
  overruns: number;
  /** Lines whose columns were compared; fewer than `size` where the export has none. */
  columnsCompared: number;
}

const problemsMax = 1000;
/** Below it a thread is not worth starting. */
const threadsFromLines = 20_000n;

export async function verifyLedger(dir: string, options: VerifyOptions = {}): Promise<LedgerReport> {
  const problems: LedgerProblem[] = [];
  let problemCount = 0;
  const found: Finding = (index, what) => {
    problemCount += 1;
    if (problems.length < problemsMax) problems.push({ index, what });
  };
  const keys = options.keys ?? keysOf(dir);
  const own = openCheckpoints(readNotes(dir), keys, options.origin ?? null);
  const keptNotes = (options.keptCheckpoints ?? []).map((note, i) => ({ name: `kept checkpoint ${i + 1}`, note }));
  const kept = openCheckpoints(keptNotes, keys, own.origin);
  for (const what of [...own.problems, ...kept.problems]) found(null, what);
  const size = own.heads.at(-1)?.size ?? 0n;
  if (size === 0n) found(null, 'no checkpoint of this folder is signed by a known key');
  for (const head of kept.heads.filter((one) => one.size > size)) {
    found(Number(size), `the lines end here; ${head.name} covers ${head.size}: the tail was cut off`);
  }
  const heads = [...own.heads, ...kept.heads].filter((head) => head.size <= size);
  const tree = new TreeCheck(dir, sorted(heads), found);
  const audit = new LineAudit(Number(size));
  const reading: Reading = { audit, tree, missing: new MissingLines(), found, columnsCompared: 0 };
  const dirs = [dir, ...(options.archives ?? [])];
  for (const archive of dirs.slice(1)) readArchive(archive);
  const threads = options.threads ?? (size < threadsFromLines || availableParallelism() < 2 ? 0 : 2);
  for await (const bundle of checkedBundles(dirs, size, threads)) {
    followBundle(reading, bundle);
    options.progress?.(bundle.begin + bundle.said.length, Number(size));
  }
  const root = tree.finish();
  reading.missing.tell(audit.archives, found);
  const correctedSince = new Map<string, number>();
  for (const stated of audit.statements.values()) {
    const later = checkStatement(dirs, size, stated, audit.corrected, found);
    if (later > 0) correctedSince.set(stated.statement.id, later);
  }
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
    unknown: audit.unknown,
    totals: audit.totals(),
    statements: audit.statements.size,
    statementsCorrectedSince: Object.fromEntries(correctedSince),
    envelopeChecks: audit.envelopes.checks,
    envelopesUnchecked: Object.fromEntries(audit.envelopes.unchecked),
    overruns: audit.overruns,
    columnsCompared: reading.columnsCompared,
  };
}

function keysOf(dir: string): string[] {
  const text = readIfThere(join(dir, 'keys.txt'))?.toString('utf8') ?? '';
  return text.split('\n').filter((line) => line !== '');
}

const sorted = (heads: SealedHead[]) => heads.toSorted((a, b) => (a.size < b.size ? -1 : Number(a.size > b.size)));

interface Reading {
  audit: LineAudit;
  tree: TreeCheck;
  missing: MissingLines;
  found: Finding;
  columnsCompared: number;
}

/** Every line once, in order: its place in the tree, and what it says given all lines before it. */
function followBundle(reading: Reading, bundle: CheckedBundle): void {
  const { audit, tree, missing, found } = reading;
  const { begin, said, problems, fileProblem } = bundle;
  for (const { index, what } of problems) found(index, what);
  if (fileProblem !== null) missing.file(begin, fileProblem);
  for (const index of bundle.missing) missing.add(index);
  const leaves = hashesIn(bundle.leaves);
  // Without its tile a line has nothing but itself to be compared with; the checkpoints still judge.
  tree.add(leaves, bundle.tile ? hashesIn(bundle.tile) : leaves);
  reading.columnsCompared += bundle.columnsCompared;
  for (const [i, line] of said.entries()) {
    if (!line) continue;
    const record = line.booked && bookedOf(line.booked);
    for (const what of audit.follow(begin + i, line.entry, record, line.understood)) found(begin + i, what);
  }
}

const hashesIn = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / hashBytes }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes));
