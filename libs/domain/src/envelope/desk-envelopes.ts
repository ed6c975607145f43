/** Envelopes as the desk keeps them: the limit, and enough windows ahead that the desk's own clock always finds one. */
import type { Envelope, EnvelopeWindow } from '#contracts/envelope.js';
import type { DeskEnvelope } from '#contracts/envelope-desk.js';
import { windowSpans } from './window-spans.js';

/** The worker extends them every hour, long before they end. */
const windowsAhead = { hour: 72, day: 35, week: 10, month: 6, total: 1 } as const satisfies Record<
  EnvelopeWindow['unit'],
  number
>;

/** Windows are cut once for all envelopes that share unit and zone. Throws RangeError for an unknown zone. */
export function deskEnvelopes(envelopes: readonly Envelope[], nowMs: number): DeskEnvelope[] {
  const cut = new Map<string, DeskEnvelope['windows']>();
  return envelopes.map(({ id, limitNanoUsd, steerAtPercent, window }) => {
    const key = `${window.unit} ${window.zone}`;
    const windows = cut.get(key) ?? windowSpans(window, nowMs, windowsAhead[window.unit]);
    cut.set(key, windows);
    return { id, limitNanoUsd, steerAtPercent, windows };
  });
}
