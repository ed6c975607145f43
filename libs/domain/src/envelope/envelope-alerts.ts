/** What an envelope has to say now. Whether it was said before is the store's to know: `onceKey` is equal for the same news. */
import type { AlertBody } from '#contracts/alert.js';
import { thresholdPercents } from '#contracts/alert.js';
import type { Envelope } from '#contracts/envelope.js';
import type { WindowSpan } from '#contracts/envelope-desk.js';
import { burningPairs, burnPairs, exhaustsAtMs, type SpentLately, windowLengthMs } from './burn-rate.js';

export interface EnvelopeNow {
  envelope: Pick<Envelope, 'id' | 'limitNanoUsd'>;
  /** The window that covers now. */
  span: WindowSpan;
  /** In it, and in those that count with it. */
  settledNanoUsd: bigint;
  spent: SpentLately;
  /** A call was refused in this window because the rest is too little for it. */
  refusedAsSpent: boolean;
  nowMs: number;
}

export interface Raised {
  onceKey: string;
  body: AlertBody;
}

/** `ended`: keys of what is no longer so, and may be raised again. */
export function alertsOf(now: EnvelopeNow): { raised: Raised[]; ended: string[] } {
  const { envelope, span, spent } = now;
  const { burning, fallen } = burningPairs(spent, envelope.limitNanoUsd, windowLengthMs(span));
  const keyOf = (factor: number) => `burn_rate ${envelope.id} ${factor}`;
  const exhausts = exhaustsOf(now);
  const rates = burning.map((pair) => ({
    onceKey: keyOf(pair.factor),
    body: { kind: 'burn_rate' as const, envelope: envelope.id, window: span.id, ...pair, exhaustsAt: exhausts },
  }));
  return { raised: [...thresholdsOf(now, exhausts), ...rates], ended: fallen.map(({ factor }) => keyOf(factor)) };
}

function thresholdsOf(now: EnvelopeNow, exhaustsAt: string | null): Raised[] {
  const { envelope, span, settledNanoUsd, refusedAsSpent } = now;
  const { limitNanoUsd } = envelope;
  return thresholdPercents
    .filter((percent) => settledNanoUsd * 100n >= limitNanoUsd * BigInt(percent) || (percent === 100 && refusedAsSpent))
    .map((percent) => ({
      onceKey: `threshold ${envelope.id} ${percent} ${newsWindowOf(now)}`,
      body: {
        kind: 'threshold',
        envelope: envelope.id,
        window: span.id,
        percent,
        limitNanoUsd,
        settledNanoUsd,
        resetsAt: span.endsAtMs === null ? null : new Date(span.endsAtMs).toISOString(),
        exhaustsAt,
      },
    }));
}

/** A rolling window never begins anew: it is told once in a stretch of its own length, not once in every bucket. */
function newsWindowOf({ span, nowMs }: EnvelopeNow): string {
  const lengthMs = windowLengthMs(span);
  return span.also && lengthMs !== null ? `stretch ${Math.floor(nowMs / lengthMs)}` : span.id;
}

const hour = burnPairs[0]!.longMinutes;

function exhaustsOf({ envelope, span, settledNanoUsd, spent, nowMs }: EnvelopeNow): string | null {
  const balance = { limitNanoUsd: envelope.limitNanoUsd, settledNanoUsd };
  // What rolls out of a rolling window makes room: its bucket's end is not the end of the spend.
  const endsAtMs = span.also ? null : span.endsAtMs;
  const atMs = exhaustsAtMs(spent.get(hour) ?? 0n, balance, endsAtMs, nowMs);
  return atMs === null ? null : new Date(atMs).toISOString();
}
