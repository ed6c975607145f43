/** How the functions of the desk spell envelopes, holds and answers. Money crosses as text: JSON numbers would lose nano-dollars. */
import type {
  DeskEnvelope,
  HeldEnvelope,
  HoldAnswer,
  HoldRefusal,
  HoldRequest,
  OpenHold,
  PresentedHold,
} from '#contracts/envelope-desk.js';
import { nanoUsdMax } from '#contracts/money.js';

type RefusalWire = Omit<HoldRefusal, 'limitNanoUsd' | 'settledNanoUsd' | 'heldNanoUsd'> & {
  limitNanoUsd: string;
  settledNanoUsd: string;
  heldNanoUsd: string;
};
export type AnswerWire =
  Exclude<HoldAnswer, { outcome: 'refused' }> | { outcome: 'refused'; holdId: string; refusal: RefusalWire };

/** Each text once, sorted, with its place from 1. */
export function placesOf(texts: string[]): Map<string, number> {
  return new Map([...new Set(texts)].sort().map((text, index) => [text, index + 1]));
}

export function requestWire(request: HoldRequest, envelopes: Map<string, number>, lines: Map<string, number>) {
  const { holdId, callId, amountNanoUsd, expiresInMs, line } = request;
  return {
    id: holdId,
    call: callId,
    amount: holdText(amountNanoUsd),
    expires: Math.ceil(expiresInMs),
    line: line === undefined ? null : lines.get(line),
    at: request.envelopes.map(({ id }) => envelopes.get(id)),
    refuses: request.envelopes.map(({ refuses }) => refuses),
  };
}

export function envelopeWire({ id, limitNanoUsd, steerAtPercent, ladder, windows }: DeskEnvelope) {
  // Rounded up: settled + held reaches the whole number when it reaches the share.
  const shareOf = (percent: number | null = null) =>
    percent === null ? null : String((limitNanoUsd * BigInt(percent) + 99n) / 100n);
  return {
    id,
    limit: amountText(limitNanoUsd),
    steer: shareOf(steerAtPercent),
    flex: shareOf(ladder?.flex),
    shrink: shareOf(ladder?.shrink),
    cap: shareOf(ladder?.cap),
    windows: windows.map(({ id: window, startsAtMs, endsAtMs, also }) => {
      return { id: window, starts: startsAtMs, ends: endsAtMs, also };
    }),
  };
}

export function answerOf(answer: AnswerWire): HoldAnswer {
  if (answer.outcome !== 'refused') return answer;
  const { limitNanoUsd, settledNanoUsd, heldNanoUsd, ...rest } = answer.refusal;
  const figures = {
    limitNanoUsd: BigInt(limitNanoUsd),
    settledNanoUsd: BigInt(settledNanoUsd),
    heldNanoUsd: BigInt(heldNanoUsd),
  };
  return { outcome: 'refused', holdId: answer.holdId, refusal: { ...rest, ...figures } };
}

/** Beyond `nanoUsdMax`, the least amount that fits no envelope: what a client asks for must not fail its whole batch. */
export const holdText = (nanoUsd: bigint): string =>
  nanoUsd > nanoUsdMax ? String(nanoUsdMax + 1n) : amountText(nanoUsd);

export function amountText(nanoUsd: bigint): string {
  if (nanoUsd < 0n || nanoUsd > nanoUsdMax + 1n)
    throw new RangeError(`${nanoUsd} nano-USD is beyond what a desk counts`);
  return String(nanoUsd);
}

export function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('desk function gave no answer for a request');
  return value;
}

const holdWire = ({ holdId, callId, amountNanoUsd, envelopes }: OpenHold | PresentedHold) => {
  return { id: holdId, call: callId, amount: amountText(amountNanoUsd), envelopes };
};
export const openHoldWire = (hold: OpenHold) => ({ ...holdWire(hold), expires: hold.expiresAtMs });
export const presentedHoldWire = (hold: PresentedHold) => ({
  ...holdWire(hold),
  expires_in: hold.expiresInMs,
  line: hold.line?.line ?? null,
  next: hold.line ? hold.line.position + 1 : null,
});

export interface OpenHoldRow extends Record<string, unknown> {
  id: string;
  call: string;
  amount: string;
  expires: string;
  envelopes: HeldEnvelope[];
}

export const openHoldOf = ({ id, call, amount, expires, envelopes }: OpenHoldRow): OpenHold => {
  return { holdId: id, callId: call, amountNanoUsd: BigInt(amount), envelopes, expiresAtMs: Number(expires) };
};
