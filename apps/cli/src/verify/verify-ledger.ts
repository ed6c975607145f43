/**
 * Checks an exported ledger with files and public keys alone: no database, no network, nothing of ours running.
 * Keys and checkpoints that lie in the folder came from whoever wrote it: pass your own to trust nobody, and a
 * checkpoint you kept, without which a tail that was cut off, signatures and all, cannot be noticed.
 */
import { join } from 'node:path';
import { wrongColumns } from '#domain/ledger/entry-columns.js';
import { LineAudit, type UseCaseTotals } from '#domain/ledger/line-audit.js';
import { checkStatement } from './check-statements.js';
import { compareLines, type Finding, same, TreeCheck } from './check-tree.js';
import { openCheckpoints, type SealedHead } from './open-checkpoints.js';
import { MissingLines } from './missing-lines.js';
import type { Progress } from './progress.js';
import { readArchive, readIfThere, readNotes } from './read-export.js';
import { type Bundle, readBundles } from './read-lines.js';

export interface VerifyOptions {
  /** C2SP verifier keys (`name+hash+key`). Default: keys.txt of the folder, and the report says so. */
  keys?: string[];
  /** Signed notes the reader kept from earlier exports. */
  keptCheckpoints?: string[];
  /** Folders of `o10 ledger archive`, for lines that are in the export no more. */
  archives?: string[];
  /** The log this must be. Default: the one its checkpoint names. */
  origin?: string;
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
  /** Attempts held against the limit of an envelope, and envelopes whose limit no line tells, with their attempts. */
  envelopeChecks: number;
  envelopesUnchecked: Record<string, number>;
  /** Attempts that cost more than was held for them. */
  overruns: number;
  /** Lines whose columns were compared; fewer than `size` where the export has none. */
  columnsCompared: number;
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
  const tree = new TreeCheck(dir, sorted(heads), found);
  const reading: Reading = { audit: new LineAudit(), tree, missing: new MissingLines(), found, columnsCompared: 0 };
  const { audit } = reading;
  const dirs = [dir, ...(options.archives ?? [])];
  for (const archive of dirs.slice(1)) await readArchive(archive);
  for await (const bundle of readBundles(dirs, size)) {
    await checkBundle(reading, bundle);
    options.progress?.(bundle.begin + bundle.span.width, Number(size));
  }
  const root = await tree.finish();
  reading.missing.tell(audit.archives, found);
  for (const stated of audit.statements.values()) await checkStatement(dirs, size, stated, found);
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
    envelopeChecks: audit.envelopes.checks,
    envelopesUnchecked: Object.fromEntries(audit.envelopes.unchecked),
    overruns: audit.overruns,
    columnsCompared: reading.columnsCompared,
  };
}

async function keysOf(dir: string): Promise<string[]> {
  const text = (await readIfThere(join(dir, 'keys.txt')))?.toString('utf8') ?? '';
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

/** Every line once: its hash, its place in the tree, what it says, and what the database says it says. */
async function checkBundle(reading: Reading, bundle: Bundle): Promise<void> {
  const { audit, tree, missing, found } = reading;
  const { span, begin, lines, problem, tile, columns } = bundle;
  if (problem && lines.length > 0) found(begin, problem);
  else if (problem) missing.file(begin, problem);
  if (typeof tile === 'string') found(begin, tile);
  const leaves = compareLines(lines, typeof tile === 'string' ? [] : tile, begin, found);
  // Without its tile a line has nothing but itself to be compared with; the checkpoints still judge.
  await tree.add(leaves, typeof tile === 'string' ? leaves : tile);
  for (let i = 0; i < span.width; i += 1) {
    const line = lines[i];
    if (!line || line.length === 0) {
      missing.add(begin + i);
      continue;
    }
    const { entry, problems } = audit.add(begin + i, line);
    for (const what of problems) found(begin + i, what);
    // Of a line that is not the one in the tree, the columns belong to another.
    if (!entry || !columns || (typeof tile !== 'string' && !same(leaves[i], tile[i]))) continue;
    reading.columnsCompared += 1;
    const wrong = wrongColumns(entry, jsonOf(columns[i]));
    if (wrong.length > 0) found(begin + i, `the database says something else in its columns: ${wrong.join(', ')}`);
  }
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
