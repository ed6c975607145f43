/**
 * What a desk must know again, from every call record there is. Of windows that are over nothing is needed; holds are not
 * in the ledger, and an attempt in flight settles on the windows its own settlement names.
 */
import type { CallRecord } from '#contracts/call-record.js';
import type { DeskEnvelope, DeskState, EnvelopeBalance } from '#contracts/envelope-desk.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';

/** `nextPositions`: of each line of evidence by another witness; the larger of both counts, so that no place is given twice. */
export async function deskStateOf(
  records: AsyncIterable<CallRecord>,
  envelopes: DeskEnvelope[],
  nextPositions: ReadonlyMap<string, number>,
): Promise<DeskState> {
  const current = new Map(envelopes.map(({ id, windows }) => [id, new Set(windows.map((window) => window.id))]));
  const balances = new Map<string, EnvelopeBalance>();
  const next = new Map(nextPositions);
  for await (const record of records) {
    if (record.line) next.set(record.line.gate, Math.max(next.get(record.line.gate) ?? 1, record.line.position + 1));
    const settledNanoUsd = nanoCeil(record.costPicoUsd);
    for (const { envelope, window } of record.envelopes) {
      if (!current.get(envelope)?.has(window)) continue;
      const key = `${envelope} ${window}`;
      const before = balances.get(key)?.settledNanoUsd ?? 0n;
      balances.set(key, { envelope, window, settledNanoUsd: before + settledNanoUsd, heldNanoUsd: 0n });
    }
  }
  return {
    envelopes,
    balances: [...balances.values()],
    holds: [],
    lines: [...next].map(([line, nextPosition]) => ({ line, nextPosition })),
  };
}
