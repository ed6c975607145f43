/** How the scripts spell envelopes, holds and answers. Fields are separated by spaces and line feeds, so no id may hold one. */
import type {
  Adjustment,
  DeskEnvelope,
  HeldEnvelope,
  HoldAnswer,
  HoldRefusal,
  HoldRequest,
  OpenHold,
  PresentedHold,
  Settlement,
} from '#contracts/envelope-desk.js';
import { ladderSteps, LadderStep } from '#contracts/envelope.js';
import { nanoUsdMax } from '#contracts/money.js';

/** Arguments of hold.lua for one request. */
export function holdArguments(request: HoldRequest): (string | number)[] {
  const { holdId, callId, amountNanoUsd, envelopes, expiresInMs, line = '' } = request;
  let cover = '';
  for (const { id, refuses } of envelopes) cover += `${cover && ' '}${refuses ? '+' : '-'}${id}`;
  // Beyond the largest limit, the least amount that fits none: what a client asks for must not fail its whole batch.
  const amount = amountNanoUsd > nanoUsdMax ? String(nanoUsdMax + 1n) : amountText(amountNanoUsd);
  return [holdId, callId, amount, Math.ceil(expiresInMs), line, cover];
}

/** Arguments of settle.lua for one settlement; the records travel together, before all of them. */
export function settleArguments({ holdId, costNanoUsd, envelopes, record }: Settlement): (string | number)[] {
  return [holdId, amountText(costNanoUsd), placesText(envelopes), Buffer.byteLength(record)];
}

/** An adjustment is a settlement of an id nobody holds, and may be below 0. */
export function adjustArguments({
  adjustmentId,
  differenceNanoUsd,
  envelopes,
  record,
}: Adjustment): (string | number)[] {
  const sign = differenceNanoUsd < 0n ? '-' : '';
  const amount = amountText(differenceNanoUsd < 0n ? -differenceNanoUsd : differenceNanoUsd);
  return [adjustmentId, sign + amount, placesText(envelopes), Buffer.byteLength(record)];
}

/** Arguments of rehold.lua for one hold. */
export function reholdArguments(hold: PresentedHold): (string | number)[] {
  const { holdId, callId, amountNanoUsd, envelopes, expiresInMs, line } = hold;
  const place = line ? [line.line, line.position + 1] : ['', 0];
  return [holdId, amountText(amountNanoUsd), placesText(envelopes), expiresInMs, callId, ...place];
}

/** Value of put-envelopes.lua. Throws RangeError for a window id that could not be told from its neighbours. */
export function envelopeText({ id, limitNanoUsd, steerAtPercent, ladder, windows }: DeskEnvelope): string {
  const shares = { ...ladder, steer: steerAtPercent };
  const steps = ladderSteps.map((step) => {
    const percent = shares[step] ?? null;
    // Rounded up: settled + held reaches the whole number when it reaches the share.
    return percent === null ? '-' : String((limitNanoUsd * BigInt(percent) + 99n) / 100n);
  });
  const lines = windows.map((window) => {
    const ids = [window.id, ...(window.also ?? [])];
    if (!ids.every((text) => /^\S+$/.test(text)))
      throw new RangeError(`window "${window.id}" of ${id} holds white space`);
    return `${window.startsAtMs} ${window.endsAtMs ?? '-'} ${ids.join(' ')}`;
  });
  return [`${amountText(limitNanoUsd)} ${steps.join(',')}`, ...lines].join('\n');
}

/** A hold as hold.lua keeps it. */
export function holdText({ amountNanoUsd, envelopes, expiresAtMs, callId }: OpenHold): string {
  return [amountText(amountNanoUsd), placesText(envelopes), expiresAtMs, '', '', '', callId].join('\n');
}

export function openHoldOf(holdId: string, text = ''): OpenHold {
  const [amount = '', places = '', expires = '', , , , ...callId] = text.split('\n');
  return {
    holdId,
    callId: callId.join('\n'),
    amountNanoUsd: BigInt(amount),
    envelopes: placesOf(places),
    expiresAtMs: Number(expires),
  };
}

/** The answer of hold.lua for one request. */
export function answerOf(holdId: string, text = ''): HoldAnswer {
  const [first = '', ...fields] = text.split('\n');
  if (first === '?') return { outcome: 'unknown_envelope', holdId, envelope: fields[0] ?? '' };
  if (first === '!') return { outcome: 'refused', holdId, refusal: refusalOf(fields) };
  if (!/^\d+$/.test(first)) throw new Error(`hold.lua answered "${text}" to hold ${holdId}`);
  const [places = '', , step, position, wouldRefuse] = fields;
  return {
    outcome: 'held',
    holdId,
    envelopes: placesOf(places),
    step: step ? LadderStep.parse(step) : null,
    wouldRefuse: wouldRefuse ? wouldRefuse.split(' ') : [],
    position: position ? Number(position) : null,
  };
}

function refusalOf([envelope = '', reason = '', limit = '', settled = '', held = '', ends]: string[]): HoldRefusal {
  return {
    envelope,
    reason: reason as HoldRefusal['reason'],
    limitNanoUsd: BigInt(limit),
    settledNanoUsd: BigInt(settled),
    heldNanoUsd: BigInt(held),
    resetsAtMs: ends === '-' ? null : Number(ends),
  };
}

/** `envelope window envelope window`. */
export function placesText(envelopes: HeldEnvelope[]): string {
  let text = '';
  for (const { envelope, window } of envelopes) text += `${text && ' '}${envelope} ${window}`;
  return text;
}

function placesOf(text: string): HeldEnvelope[] {
  const words = text === '' ? [] : text.split(' ');
  const envelopes: HeldEnvelope[] = [];
  for (let n = 0; n < words.length; n += 2) envelopes.push({ envelope: words[n] ?? '', window: words[n + 1] ?? '' });
  return envelopes;
}

/** Throws RangeError beyond what a desk counts exactly. */
export function amountText(nanoUsd: bigint): string {
  if (nanoUsd < 0n || nanoUsd > nanoUsdMax + 1n)
    throw new RangeError(`${nanoUsd} nano-USD is beyond what a desk counts`);
  return String(nanoUsd);
}
