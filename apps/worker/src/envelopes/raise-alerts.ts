/** Looks at every envelope: how full it is and how fast it is spent. What is news is kept, and queued for the webhooks. */
import type { Envelope } from '#contracts/envelope.js';
import type { EnvelopeBalance, EnvelopeDesk } from '#contracts/envelope-desk.js';
import { lookBacksMinutes } from '#domain/envelope/burn-rate.js';
import { alertsOf } from '#domain/envelope/envelope-alerts.js';
import { countedIn } from '#domain/envelope/counted-in.js';
import { windowSpans } from '#domain/envelope/window-spans.js';
import type { EnvelopeStore } from '#postgres/admin/envelope.store.js';
import type { AlertStore } from '#postgres/alert/alert.store.js';
import type { SpendPointStore } from '#postgres/alert/spend-point.store.js';
import type { WebhookQueue } from '#queues/webhook-queue.js';
import { type LedgerSpendParts, sumLedger } from './ledger-spend.js';
import type { WorkerMetrics } from '../worker-metrics.js';

export interface RaiseAlertsParts extends LedgerSpendParts {
  envelopes: Pick<EnvelopeStore, 'list'>;
  desk: Pick<EnvelopeDesk, 'balances'>;
  alerts: Pick<AlertStore, 'raise' | 'lasting' | 'end' | 'owed' | 'queued'>;
  points: Pick<SpendPointStore, 'note' | 'spentLately'>;
  queue: Pick<WebhookQueue, 'add'>;
  /** When each envelope last refused a call as spent. */
  refusedAtMs: ReadonlyMap<string, number>;
  newId: (nowMs: number) => string;
  metrics: WorkerMetrics;
}

const envelopesAtOnce = 2_000;
const deliveriesAtOnce = 500;

/** Returns how many alerts were news. */
export async function raiseAlerts(parts: RaiseAlertsParts, nowMs: number): Promise<number> {
  await sumLedger(parts);
  const declared = (await parts.envelopes.list()).map(({ definition }) => definition);
  const lasting = new Set(await parts.alerts.lasting());
  let news = 0;
  for (let from = 0; from < declared.length; from += envelopesAtOnce)
    news += await raiseFor(parts, declared.slice(from, from + envelopesAtOnce), lasting, nowMs);
  await queueOwed(parts, nowMs);
  return news;
}

async function raiseFor(
  parts: RaiseAlertsParts,
  envelopes: Envelope[],
  lasting: ReadonlySet<string>,
  nowMs: number,
): Promise<number> {
  const ids = envelopes.map(({ id }) => id);
  await parts.points.note(ids, nowMs);
  const lately = await parts.points.spentLately(ids, lookBacksMinutes, nowMs);
  const balances = Map.groupBy(await parts.desk.balances(ids), ({ envelope }) => envelope);
  const found = envelopes.flatMap((envelope) => {
    const [span] = windowSpans(envelope.window, nowMs, 1);
    if (!span) return [];
    const own: EnvelopeBalance[] = balances.get(envelope.id) ?? [];
    const refusedAsSpent = (parts.refusedAtMs.get(envelope.id) ?? -Infinity) >= span.startsAtMs;
    const spent = lately.get(envelope.id) ?? new Map<number, bigint>();
    return alertsOf({
      envelope,
      span,
      settledNanoUsd: countedIn(span, own).settledNanoUsd,
      spent,
      refusedAsSpent,
      nowMs,
    });
  });
  const ended = found.flatMap((one) => one.ended.filter((key) => lasting.has(key)));
  if (ended.length > 0) await parts.alerts.end(ended, nowMs);
  const raised = found.flatMap((one) => one.raised.map((alert) => ({ ...alert, id: parts.newId(nowMs) })));
  const news = new Set(await parts.alerts.raise(raised, nowMs));
  for (const { id, body } of raised) if (news.has(id)) parts.metrics.alerts.inc({ kind: body.kind });
  return news.size;
}

/** Queued before it is noted as queued: a crash in between queues it again, which the queue knows by its id. */
export async function queueOwed({ alerts, queue }: Pick<RaiseAlertsParts, 'alerts' | 'queue'>, nowMs: number) {
  const owed = await alerts.owed(deliveriesAtOnce, nowMs);
  if (owed.length === 0) return;
  await queue.add(owed);
  await alerts.queued(owed, nowMs);
}
