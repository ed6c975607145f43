/**
 * The reference of the envelope desk: what PostgreSQL and Redis must answer, as one pure state machine over plain
 * values. Slow on purpose; the conformance suite compares both adapters with it, operation by operation.
 */
import type {
  Adjustment,
  AttemptState,
  DeskEnvelope,
  DeskState,
  EnvelopeBalance,
  EnvelopeBooks,
  HoldAnswer,
  HoldRequest,
  OpenHold,
  PresentedHold,
  PendingRecord,
  SettleAnswer,
  Settlement,
} from '#contracts/envelope-desk.js';
import { balanceKey, decideHold, type HeldAnswer } from './decide-hold.js';

export interface ModelHold {
  state: 'open' | 'settled';
  callId: string;
  amountNanoUsd: bigint;
  expiresAtMs: number;
  answer: HeldAnswer;
}

/** Of a record that waits: whose it is, and the money that moved with it. */
export interface ModelRecord extends PendingRecord {
  id: string;
  costNanoUsd: bigint;
  envelopes: Settlement['envelopes'];
}

export interface Model {
  /** False until the first rebuild. */
  built: boolean;
  epoch: number | null;
  envelopes: Map<string, DeskEnvelope>;
  /** By `balanceKey`. */
  balances: Map<string, EnvelopeBalance>;
  /** Open and ended: an id that was admitted or settled is never forgotten here. */
  holds: Map<string, ModelHold>;
  records: ModelRecord[];
  recordsEver: number;
  /** Next free position. */
  lines: Map<string, number>;
}

export type ModelOperation =
  | { kind: 'putEnvelopes'; envelopes: DeskEnvelope[] }
  | { kind: 'hold'; requests: HoldRequest[] }
  | { kind: 'settle'; settlements: Settlement[] }
  | { kind: 'drain'; count: number }
  | { kind: 'acknowledge'; cursors: string[] }
  | { kind: 'expired'; count: number }
  | { kind: 'balances'; envelopes: string[] }
  | { kind: 'attempts'; holdIds: string[] }
  | { kind: 'rehold'; holds: PresentedHold[] }
  | { kind: 'openHolds' }
  | { kind: 'adjust'; adjustments: Adjustment[] }
  | { kind: 'books'; envelopes: string[] }
  | { kind: 'epoch' }
  | { kind: 'rebuild'; state: DeskState };

type BooksOperation = Extract<
  ModelOperation,
  { kind: 'attempts' | 'rehold' | 'openHolds' | 'adjust' | 'books' | 'epoch' | 'rebuild' }
>;

export type ModelAnswer =
  | { kind: 'done' | 'not_built' }
  | { kind: 'holds'; answers: HoldAnswer[] }
  | { kind: 'settlements'; answers: SettleAnswer[] }
  | { kind: 'records'; records: PendingRecord[] }
  | { kind: 'open'; holds: OpenHold[] }
  | { kind: 'states'; states: AttemptState[] }
  | { kind: 'books'; books: EnvelopeBooks[] }
  | { kind: 'epoch'; epoch: number | null }
  | { kind: 'balances'; balances: EnvelopeBalance[] };

export const emptyModel: Model = {
  built: false,
  epoch: null,
  envelopes: new Map(),
  balances: new Map(),
  holds: new Map(),
  records: [],
  recordsEver: 0,
  lines: new Map(),
};

/** One operation at `nowMs`. The state given is left as it was. */
export function stepModel(before: Model, operation: ModelOperation, nowMs: number): [Model, ModelAnswer] {
  const model = copy(before);
  switch (operation.kind) {
    case 'putEnvelopes':
      if (!model.built) return [model, { kind: 'not_built' }];
      for (const envelope of operation.envelopes) model.envelopes.set(envelope.id, envelope);
      return [model, { kind: 'done' }];
    case 'hold':
      return [model, { kind: 'holds', answers: holdAll(model, operation.requests, nowMs) }];
    case 'settle':
      return [model, { kind: 'settlements', answers: operation.settlements.map((ending) => settleOne(model, ending)) }];
    case 'drain':
      return [model, { kind: 'records', records: model.records.slice(0, operation.count).map(pendingOf) }];
    case 'acknowledge':
      model.records = model.records.filter((record) => !operation.cursors.includes(record.cursor));
      return [model, { kind: 'done' }];
    case 'expired':
      return [model, { kind: 'open', holds: openHolds(model, nowMs).slice(0, operation.count) }];
    case 'balances':
      return [model, { kind: 'balances', balances: balancesOf(model, operation.envelopes) }];
    default:
      return stepBooks(model, operation, nowMs);
  }
}

/** What keeps the desk true to ledger and journals. */
function stepBooks(model: Model, operation: BooksOperation, nowMs: number): [Model, ModelAnswer] {
  switch (operation.kind) {
    case 'attempts':
      return [model, { kind: 'states', states: operation.holdIds.map((id) => stateOf(model, id)) }];
    case 'rehold':
      for (const hold of operation.holds) reholdOne(model, hold, nowMs);
      return [model, { kind: 'done' }];
    case 'openHolds':
      return [model, { kind: 'open', holds: openHolds(model, Infinity) }];
    case 'adjust':
      return [
        model,
        {
          kind: 'settlements',
          answers: operation.adjustments.map(({ adjustmentId: holdId, differenceNanoUsd: costNanoUsd, ...rest }) =>
            settleOne(model, { holdId, costNanoUsd, ...rest }),
          ),
        },
      ];
    case 'books':
      return [model, { kind: 'books', books: booksOf(model, operation.envelopes) }];
    case 'epoch':
      return [model, { kind: 'epoch', epoch: model.epoch }];
    case 'rebuild':
      return [rebuilt(model, operation.state), { kind: 'done' }];
  }
}

/** An id repeated within a batch is one request. An admission is remembered; a refusal left nothing to remember. */
function holdAll(model: Model, requests: HoldRequest[], nowMs: number): HoldAnswer[] {
  const answers = new Map<string, HoldAnswer>();
  for (const request of requests) {
    if (answers.has(request.holdId)) continue;
    answers.set(request.holdId, model.holds.get(request.holdId)?.answer ?? admit(model, request, nowMs));
  }
  return requests.flatMap((request) => answers.get(request.holdId) ?? []);
}

function admit(model: Model, request: HoldRequest, nowMs: number): HoldAnswer {
  if (!model.built)
    return { outcome: 'unknown_envelope', holdId: request.holdId, envelope: request.envelopes[0]?.id ?? '' };
  const { answer, amountNanoUsd } = decideHold(model, request, nowMs);
  if (answer.outcome !== 'held') return answer;
  for (const { envelope, window } of answer.envelopes) move(model, envelope, window, 0n, amountNanoUsd);
  if (request.line !== undefined) {
    answer.position = model.lines.get(request.line) ?? 1;
    model.lines.set(request.line, answer.position + 1);
  }
  const { holdId, callId, expiresInMs } = request;
  model.holds.set(holdId, { state: 'open', callId, amountNanoUsd, expiresAtMs: nowMs + expiresInMs, answer });
  return answer;
}

/** The windows of admission, when the hold is known; else those the settlement names. */
function settleOne(model: Model, ending: Settlement): SettleAnswer {
  const { holdId, costNanoUsd } = ending;
  const hold = model.holds.get(holdId);
  if (hold?.state === 'settled') return { holdId, outcome: 'already' };
  const answer = hold?.answer ?? remembered(holdId, ending.envelopes);
  const releasedNanoUsd = hold?.amountNanoUsd ?? 0n;
  for (const { envelope, window } of answer.envelopes) move(model, envelope, window, costNanoUsd, -releasedNanoUsd);
  const { callId = '', expiresAtMs = 0 } = hold ?? {};
  model.holds.set(holdId, { state: 'settled', callId, amountNanoUsd: releasedNanoUsd, expiresAtMs, answer });
  model.recordsEver += 1;
  const { record } = ending;
  // Ended a second time after a rebuild: of an id's records the latest stands for its money.
  model.records = model.records.map((one) => (one.id === holdId ? { ...one, id: '', costNanoUsd: 0n } : one));
  model.records.push({
    cursor: String(model.recordsEver),
    record,
    id: holdId,
    costNanoUsd,
    envelopes: answer.envelopes,
  });
  return { holdId, outcome: 'settled' };
}

/** What is left of an answer that was never given here, or whose details were lost with the store. */
function remembered(holdId: string, envelopes: Settlement['envelopes']): HeldAnswer {
  return { outcome: 'held', holdId, envelopes, step: null, wouldRefuse: [], position: null };
}

function move(model: Model, envelope: string, window: string, settledNanoUsd: bigint, heldNanoUsd: bigint): void {
  const key = balanceKey(envelope, window);
  const balance = model.balances.get(key) ?? { envelope, window, settledNanoUsd: 0n, heldNanoUsd: 0n };
  model.balances.set(key, {
    ...balance,
    settledNanoUsd: balance.settledNanoUsd + settledNanoUsd,
    heldNanoUsd: balance.heldNanoUsd + heldNanoUsd,
  });
}

function stateOf(model: Model, id: string): AttemptState {
  const hold = model.holds.get(id);
  if (!hold) return 'unknown';
  if (hold.state === 'open') return 'open';
  return model.records.some((record) => record.id === id) ? 'waiting' : 'recorded';
}

function reholdOne(model: Model, { line, expiresInMs, ...hold }: PresentedHold, nowMs: number): void {
  const { holdId, callId, amountNanoUsd, envelopes } = hold;
  const expiresAtMs = nowMs + expiresInMs;
  if (model.holds.has(holdId)) return;
  for (const { envelope, window } of envelopes) move(model, envelope, window, 0n, amountNanoUsd);
  model.holds.set(holdId, { state: 'open', callId, amountNanoUsd, expiresAtMs, answer: remembered(holdId, envelopes) });
  if (line) model.lines.set(line.line, Math.max(model.lines.get(line.line) ?? 1, line.position + 1));
}

/** Those past their expiry at `nowMs`. */
function openHolds(model: Model, nowMs: number): OpenHold[] {
  return [...model.holds]
    .filter(([, hold]) => hold.state === 'open' && hold.expiresAtMs <= nowMs)
    .map(([holdId, { callId, amountNanoUsd, expiresAtMs, answer }]) => {
      return { holdId, callId, amountNanoUsd, envelopes: answer.envelopes, expiresAtMs };
    })
    .sort((a, b) => a.expiresAtMs - b.expiresAtMs || compare(a.holdId, b.holdId));
}

/** In the order asked for, then by window. A window with nothing settled and nothing held is not listed. */
function balancesOf(model: Model, envelopes: string[]): EnvelopeBalance[] {
  const listed = [...model.balances.values()].sort((a, b) => compare(a.window, b.window));
  return envelopes.flatMap((id) =>
    listed.filter((balance) => balance.envelope === id && (balance.settledNanoUsd || balance.heldNanoUsd)),
  );
}

function booksOf(model: Model, envelopes: string[]): EnvelopeBooks[] {
  return balancesOf(model, envelopes).map((balance) => {
    const waitingNanoUsd = model.records
      .filter((record) =>
        record.envelopes.some((at) => at.envelope === balance.envelope && at.window === balance.window),
      )
      .reduce((sum, record) => sum + record.costNanoUsd, 0n);
    return { ...balance, waitingNanoUsd };
  });
}

const pendingOf = ({ cursor, record }: ModelRecord): PendingRecord => ({ cursor, record });

/** What has ended stays ended: a settlement sent again must not count twice because the desk was rebuilt. */
function rebuilt(model: Model, state: DeskState): Model {
  const holds = new Map([...model.holds].filter(([, hold]) => hold.state === 'settled'));
  for (const { holdId, callId, amountNanoUsd, envelopes, expiresAtMs } of state.holds)
    holds.set(holdId, { state: 'open', callId, amountNanoUsd, expiresAtMs, answer: remembered(holdId, envelopes) });
  for (const id of state.ended ?? []) {
    if (holds.has(id)) continue;
    const ended = { state: 'settled' as const, callId: '', amountNanoUsd: 0n, expiresAtMs: 0 };
    holds.set(id, { ...ended, answer: remembered(id, []) });
  }
  const lines = new Map(model.lines);
  for (const { line, nextPosition } of state.lines) lines.set(line, Math.max(lines.get(line) ?? 1, nextPosition));
  return {
    built: true,
    epoch: state.epoch ?? 1,
    envelopes: new Map(state.envelopes.map((envelope) => [envelope.id, envelope])),
    balances: new Map(state.balances.map((balance) => [balanceKey(balance.envelope, balance.window), balance])),
    holds,
    records: model.records,
    recordsEver: model.recordsEver,
    lines,
  };
}

function copy(model: Model): Model {
  const { envelopes, balances, holds, lines } = model;
  return {
    ...model,
    envelopes: new Map(envelopes),
    balances: new Map(balances),
    holds: new Map(holds),
    records: [...model.records],
    lines: new Map(lines),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
