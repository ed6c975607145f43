/**
 * Seals what a log has grown to. A signer must never sign two stories: the new head has to follow, by a consistency
 * proof, from the last note signed, both the stored one and the one in the signer's own memory where it has one.
 */
import type { Pool, PoolClient } from 'pg';
import type { CheckpointSigner, LedgerTree, TreeHead } from '#contracts/ledger-tree.js';
import { inTransaction } from './in-transaction.js';
import { LedgerFault } from './ledger-fault.js';
import { runPlan } from './read-tiles.js';

/** The new note, or null when the log has not grown since the last. Throws `LedgerFault` rather than sign another story. */
export async function signCheckpoint(
  pool: Pool,
  tree: LedgerTree,
  log: string,
  signer: CheckpointSigner,
): Promise<string | null> {
  return inTransaction(pool, async (client) => {
    // Not the sequencer's lock: lines keep coming while a key store takes its time.
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('ledger-checkpoint:' || $1, 0))", [log]);
    const head = await readHead(client, log);
    const stored = await latestNote(client, log);
    const remembered = (await signer.memory?.last()) ?? null;
    for (const note of new Set([stored, remembered])) {
      if (note !== null) await requireConsistent(client, tree, log, openOwn(log, signer, note), head);
    }
    if (head.size === 0n || (stored !== null && openOwn(log, signer, stored).size === head.size)) return null;
    await requireRoot(client, tree, log, head);
    const note = await signer.sign(head);
    await signer.memory?.keep(note);
    await client.query('INSERT INTO ledger_checkpoint (log, size, root, note) VALUES ($1, $2, $3, $4)', [
      log,
      head.size,
      head.root,
      note,
    ]);
    return note;
  });
}

async function readHead(client: PoolClient, log: string): Promise<TreeHead> {
  const { rows } = await client.query<{ size: string; root: Buffer }>(
    'SELECT size, root FROM ledger_state WHERE log = $1',
    [log],
  );
  return rows[0] ? { size: BigInt(rows[0].size), root: rows[0].root } : { size: 0n, root: Buffer.alloc(0) };
}

async function latestNote(client: PoolClient, log: string): Promise<string | null> {
  const { rows } = await client.query<{ note: string }>(
    'SELECT note FROM ledger_checkpoint WHERE log = $1 ORDER BY size DESC LIMIT 1',
    [log],
  );
  return rows[0]?.note ?? null;
}

function openOwn(log: string, signer: CheckpointSigner, note: string): TreeHead {
  try {
    return signer.open(note);
  } catch (error) {
    throw new LedgerFault(log, `its last checkpoint does not open: ${String(error)}`, { cause: error });
  }
}

async function requireConsistent(
  client: PoolClient,
  tree: LedgerTree,
  log: string,
  from: TreeHead,
  to: TreeHead,
): Promise<void> {
  if (from.size > to.size) throw new LedgerFault(log, `${from.size} lines were sealed, ${to.size} are left`);
  const proof = await runPlan(client, log, tree.planConsistency(from.size, to.size));
  if (tree.verifyConsistency(from, to, proof)) return;
  throw new LedgerFault(log, `its ${to.size} lines do not begin with the ${from.size} that were sealed`);
}

async function requireRoot(client: PoolClient, tree: LedgerTree, log: string, { size, root }: TreeHead): Promise<void> {
  const folded = await runPlan(client, log, tree.planRoot(size));
  if (Buffer.compare(folded, root) !== 0)
    throw new LedgerFault(log, `its tiles give another root than the one on record at ${size} lines`);
}
