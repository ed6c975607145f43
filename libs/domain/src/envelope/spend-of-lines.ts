/**
 * What ledger lines add to the windows of envelopes, counted as a desk counts: each attempt's cost in nano-USD, rounded
 * up by itself. A correction says how many nano-USD it moved; adding up pico-USD first would differ from the desk.
 */
import type { HeldEnvelope } from '#contracts/envelope-desk.js';
import type { StoredEntry } from '#contracts/entry.js';
import { callRecordOf } from '../ledger/call-entry.js';
import { correctionOf } from '../ledger/correction.js';
import { nanoCeil } from '../pricing/ceiling-of.js';
import { balanceKey } from './decide-hold.js';

export interface SpendOfLines {
  spent: (HeldEnvelope & { nanoUsd: bigint })[];
  /** Next free position per line of evidence. */
  positions: Map<string, number>;
}

/** Lines of other kinds move no money of an envelope. Throws TypeError for a line whose body is not of its kind. */
export function spendOfLines(entries: Iterable<Pick<StoredEntry, 'kind' | 'body'>>): SpendOfLines {
  const spent = new Map<string, HeldEnvelope & { nanoUsd: bigint }>();
  const positions = new Map<string, number>();
  const add = (envelopes: HeldEnvelope[], nanoUsd: bigint) => {
    for (const { envelope, window } of envelopes) {
      const key = balanceKey(envelope, window);
      spent.set(key, { envelope, window, nanoUsd: (spent.get(key)?.nanoUsd ?? 0n) + nanoUsd });
    }
  };
  for (const entry of entries) {
    const correction = correctionOf(entry);
    if (correction) add(correction.envelopes, BigInt(correction.differenceNanoUsd));
    const record = callRecordOf(entry);
    if (!record) continue;
    add(record.envelopes, nanoCeil(record.costPicoUsd));
    if (record.line)
      positions.set(record.line.gate, Math.max(positions.get(record.line.gate) ?? 1, record.line.position + 1));
  }
  return { spent: [...spent.values()], positions };
}
