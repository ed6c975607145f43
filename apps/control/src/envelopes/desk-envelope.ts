/** An envelope as the desk keeps it: the limit, and enough windows ahead that the desk's own clock always finds one. */
import type { Envelope, EnvelopeWindow } from '#contracts/envelope.js';
import type { DeskEnvelope } from '#contracts/envelope-desk.js';
import { windowSpans } from '#domain/envelope/window-spans.js';

/** The worker extends them long before they end. */
const windowsAhead = { hour: 72, day: 35, week: 10, month: 6, total: 1 } as const satisfies Record<
  EnvelopeWindow['unit'],
  number
>;

/** Throws RangeError for an unknown zone. */
export function deskEnvelope({ id, limitNanoUsd, steerAtPercent, window }: Envelope, nowMs: number): DeskEnvelope {
  return { id, limitNanoUsd, steerAtPercent, windows: windowSpans(window, nowMs, windowsAhead[window.unit]) };
}
