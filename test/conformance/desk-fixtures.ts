/** Values the desk suites speak in: short spellings of holds, envelopes and endings, and windows around now. */
import { randomUUID } from 'node:crypto';
import type {
  DeskEnvelope,
  DeskState,
  EnvelopeDesk,
  HoldAnswer,
  HoldRequest,
  Settlement,
  WindowSpan,
} from '#contracts/envelope-desk.js';

export const hourMs = 3_600_000;

/** Far enough from now on both sides that the desk's clock and ours may differ. */
export function windowAround(id: string, hoursBefore = 1, hoursAfter: number | null = 1): WindowSpan {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  return {
    id,
    startsAtMs: nowMs - hoursBefore * hourMs,
    endsAtMs: hoursAfter === null ? null : nowMs + hoursAfter * hourMs,
  };
}

export function envelope(id: string, limitNanoUsd: bigint, changes: Partial<DeskEnvelope> = {}): DeskEnvelope {
  return { id, limitNanoUsd, steerAtPercent: null, windows: [windowAround('w')], ...changes };
}

/** `cover` as "org team -chat": a dash means the envelope only accounts. */
export function request(
  holdId: string,
  amount: bigint | number,
  cover: string,
  changes: Partial<HoldRequest> = {},
): HoldRequest {
  const envelopes = cover
    .split(' ')
    .filter(Boolean)
    .map((word) => (word.startsWith('-') ? { id: word.slice(1), refuses: false } : { id: word, refuses: true }));
  return {
    holdId,
    callId: `call ${holdId}`,
    amountNanoUsd: BigInt(amount),
    envelopes,
    expiresInMs: hourMs,
    ...changes,
  };
}

/** `places` as "org/w team/w". */
export function ending(holdId: string, cost: bigint | number, places = '', record = `record ${holdId}`): Settlement {
  const envelopes = places
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const [id = '', window = ''] = word.split('/');
      return { envelope: id, window };
    });
  return { holdId, costNanoUsd: BigInt(cost), envelopes, record };
}

export function stateOf(changes: Partial<DeskState> = {}): DeskState {
  return { envelopes: [], balances: [], holds: [], lines: [], ...changes };
}

/** The answers in a word each: "held", "spent", "in_flight", "never_fits", "unknown org". */
export function inWords(answers: HoldAnswer[]): string[] {
  return answers.map((answer) => {
    if (answer.outcome === 'held') return 'held';
    return answer.outcome === 'refused' ? answer.refusal.reason : `unknown ${answer.envelope}`;
  });
}

/** "org/w 3+2": settled and held. */
export async function figures(desk: EnvelopeDesk, ...envelopes: string[]): Promise<string[]> {
  const balances = await desk.balances(envelopes);
  return balances.map((b) => `${b.envelope}/${b.window} ${b.settledNanoUsd}+${b.heldNanoUsd}`);
}

export const newOrganisation = (): string => `org-${randomUUID()}`;
