/**
 * Makes ramp steps, warnings and demotions count: ledger lines and snapshot stand or fall together. A crash before the
 * mark announces them again under the same ids, which changes nothing.
 */
import { Entry } from '#contracts/entry.js';
import { type Publishing, publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { EnforcementStore } from '#postgres/evidence/enforcement.store.js';

const actor = 'gate';

/** Returns how many proofs have changed. Throws what `publishSnapshot` throws; then they stay to be announced. */
export async function announceEnforcement(store: EnforcementStore, publishing: Publishing): Promise<number> {
  const rows = await store.unpublished();
  if (rows.length === 0) return 0;
  const entries = rows.flatMap(({ pending }) => pending.map((entry) => Entry.parse(entry)));
  await publishSnapshot(publishing, actor, () => Promise.resolve({ result: null, entries }));
  await store.markPublished(rows);
  return rows.length;
}
