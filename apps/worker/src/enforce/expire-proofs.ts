/**
 * Writes down that a proof has lapsed, once, as of the instant it did. The route is out since then without this line:
 * whoever chooses compares the expiry with its own clock, and finds `evidence_expired`.
 */
import { CertificateExpiryBody } from '#contracts/entry-bodies.js';
import type { Entry } from '#contracts/entry.js';
import type { Clearance } from '#contracts/verdict.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';

export interface ExpireProofsParts {
  organisation: string;
  ledger: Pick<LedgerStore, 'append'>;
  current: () => RoutingIndex | null;
  metrics: Pick<WorkerMetrics, 'enforcement'>;
  log: Log;
}

export class ExpireProofs {
  /** Verdicts whose line is written. After a restart it is written again, with the same bytes, and nothing is added. */
  private readonly written = new Set<string>();

  constructor(private readonly parts: ExpireProofsParts) {}

  async run(nowMs: number): Promise<void> {
    const { organisation, ledger, current, metrics, log } = this.parts;
    const index = current();
    if (!index) return;
    const lapsed = index.snapshot.clearances.filter(({ useCase, verdict, expiresAt }) => {
      const mode = index.useCases.get(useCase)?.definition.mode;
      return mode === 'enforce' && Date.parse(expiresAt) <= nowMs && !this.written.has(verdict);
    });
    if (lapsed.length === 0) return;
    const { appended } = await ledger.append(lapsed.map((clearance) => expiryEntry(organisation, clearance)));
    for (const { verdict } of lapsed) this.written.add(verdict);
    metrics.enforcement.inc({ event: 'expiry' }, appended);
    if (appended > 0)
      log.warn({ routes: lapsed.map(({ candidate }) => candidate) }, 'proofs that were enforced have lapsed');
  }
}

/** A verdict lapses once, so its line has its id. */
const expiryEntry = (log: string, { verdict, useCase, candidate, expiresAt }: Clearance): Entry => ({
  schema: 'o10.entry.v1',
  log,
  kind: 'certificate_expiry',
  id: verdict,
  occurredAt: expiresAt,
  actor: null,
  body: CertificateExpiryBody.encode({
    schema: 'o10.certificate_expiry.v1',
    verdict,
    useCase,
    candidate,
    expiredAt: expiresAt,
  }),
});
