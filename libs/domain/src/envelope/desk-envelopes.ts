/** Envelopes as the desk keeps them: the limit, and enough windows ahead that the desk's own clock always finds one. */
import type { Envelope, EnvelopeWindow } from '#contracts/envelope.js';
import type { DeskEnvelope } from '#contracts/envelope-desk.js';
import { windowSpans } from './window-spans.js';

/** The worker extends them every hour, long before they end. */
const windowsAhead = {
  hour: 72,
  day: 35,
  week: 10,
  month: 6,
  quarter: 3,
  total: 1,
  rolling: 48,
} as const satisfies Record<EnvelopeWindow['unit'], number>;

/** Windows are cut once for all envelopes that share them. Throws RangeError for an unknown zone. */
export function deskEnvelopes(envelopes: readonly Envelope[], nowMs: number): DeskEnvelope[] {
  const cut = new Map<string, DeskEnvelope['windows']>();
  return envelopes.map((envelope) => {
    const { id, limitNanoUsd, steerAtPercent, flexAtPercent, shrinkAtPercent, capAtPercent, window } = envelope;
    const key = JSON.stringify(window);
    const windows = cut.get(key) ?? windowSpans(window, nowMs, windowsAhead[window.unit]);
    cut.set(key, windows);
    const ladder = { flex: flexAtPercent, shrink: shrinkAtPercent, cap: capAtPercent };
    return { id, limitNanoUsd, steerAtPercent, ladder, windows };
  });
}
