/** After a restore the ledger keeps, as a line, where each log stood when it was backed up: who reads it later sees the cut. */
import type { BackupManifest } from '#postgres/backup/manifest.js';
import { connectPool } from '#postgres/connect-pool.js';
import { LedgerStore } from '#postgres/ledger/ledger.store.js';
import { parseCheckpoint } from '#domain/ledger/checkpoint.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { newId } from '#runtime/new-id.js';

export async function importCheckpoints(
  databaseUrl: string,
  { checkpoints, takenAt }: BackupManifest,
  nowMs: number,
): Promise<void> {
  for (const { log, note } of checkpoints) {
    const { origin, size, root } = parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1));
    const pool = connectPool(databaseUrl, 1, log);
    const body = {
      schema: 'o10.checkpoint_import.v1',
      origin,
      size: String(size),
      root: Buffer.from(root).toString('base64'),
      note,
      reason: `restored from the backup of ${takenAt}`,
    };
    const occurredAt = new Date(nowMs).toISOString();
    try {
      await new LedgerStore(pool, ledgerTree).append([
        { schema: 'o10.entry.v1', log, kind: 'checkpoint_import', id: newId(nowMs), occurredAt, actor: null, body },
      ]);
    } finally {
      await pool.end();
    }
  }
}
