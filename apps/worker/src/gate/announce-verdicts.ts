/**
 * Makes verdicts count: record, ledger line and snapshot stand or fall together. A crash before the mark announces
 * them again under the same ids, which changes nothing.
 */
import type { Entry } from '#contracts/entry.js';
import { Verdict } from '#contracts/verdict.js';
import { type Publishing, publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { EvidenceLineStore } from '#postgres/evidence/evidence-line.store.js';

/** Stands in the snapshot's history as the one who published it. */
const actor = 'gate';

/** Returns how many were announced. Throws what `publishSnapshot` throws; then they stay to be announced. */
export async function announceVerdicts(lines: EvidenceLineStore, publishing: Publishing): Promise<number> {
  const verdicts = (await lines.unannounced()).map((line) => Verdict.parse(line.verdict));
  if (verdicts.length === 0) return 0;
  await publishSnapshot(publishing, actor, async (stores) => {
    for (const verdict of verdicts) await stores.verdicts.add(verdict);
    return { result: null, entries: verdicts.map((verdict) => verdictEntry(publishing.organisation, verdict)) };
  });
  await lines.markAnnounced(verdicts.map(({ id }) => id));
  return verdicts.length;
}

const verdictEntry = (log: string, verdict: Verdict): Entry => ({
  schema: 'o10.entry.v1',
  log,
  kind: 'verdict',
  id: verdict.id,
  occurredAt: verdict.decidedAt,
  actor: null,
  body: Verdict.encode(verdict),
});
