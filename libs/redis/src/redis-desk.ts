/**
 * The envelope desk in Redis, one organisation per instance. All deciding is done by the scripts beside this file, one
 * call per batch. After a flush, and in a Redis that was started again, it admits nothing until it is rebuilt.
 */
import { randomUUID } from 'node:crypto';
import {
  type Adjustment,
  type AttemptState,
  DeskFault,
  DeskNotBuilt,
  type DeskEnvelope,
  type DeskState,
  type EnvelopeBalance,
  type EnvelopeBooks,
  type EnvelopeDesk,
  type HoldAnswer,
  type HoldRequest,
  type OpenHold,
  type PendingRecord,
  type PresentedHold,
  type SettleAnswer,
  type Settlement,
} from '#contracts/envelope-desk.js';
import { deskKeys, type DeskKeys } from './desk-keys.js';
import {
  adjustArguments,
  answerOf,
  envelopeText,
  holdArguments,
  openHoldOf,
  reholdArguments,
  settleArguments,
} from './desk-wire.js';
import { LuaScript } from './lua-script.js';
import { redisOf, type RedisConnection, type RedisSource } from './open-redis.js';
import { acknowledgeArguments, pendingRecords } from './record-stream.js';
import { stageState } from './stage-state.js';

export interface RedisDeskSettings extends RedisSource {
  organisation: string;
  /** How long an ended hold is remembered at least, and a repeated settlement recognised: some 400 bytes each. */
  rememberMs?: number;
}

/** One script call blocks the server for about this many times 10 µs. */
const batchMax = 256;
/** How many open holds a sweep looks at before it lets others pass. */
const expiredPage = 1_000;
/** A caller waits for every hold: a desk slower than this counts as down. */
const commandTimeoutMs = 250;

const scripts = {
  put: new LuaScript<number>('put-envelopes'),
  hold: new LuaScript<string[]>('hold'),
  settle: new LuaScript<number[]>('settle'),
  drain: new LuaScript<Buffer[]>('drain'),
  acknowledge: new LuaScript<number>('acknowledge'),
  expired: new LuaScript<string[]>('expired'),
  balances: new LuaScript<string[]>('balances'),
  attempts: new LuaScript<AttemptState[]>('attempts'),
  rehold: new LuaScript<number>('rehold'),
  books: new LuaScript<string[]>('books'),
  epoch: new LuaScript<string>('epoch'),
  store: new LuaScript<string>('store'),
  remember: new LuaScript<number>('remember'),
  rebuild: new LuaScript<number>('rebuild'),
};

export class RedisDesk implements EnvelopeDesk {
  readonly #connection: RedisConnection;
  readonly #close: () => void;
  readonly #organisation: string;
  readonly #keys: DeskKeys;
  readonly #rememberMs: number;

  constructor({ organisation, rememberMs = 24 * 3600 * 1000, ...source }: RedisDeskSettings) {
    ({ connection: this.#connection, close: this.#close } = redisOf(source, commandTimeoutMs));
    this.#organisation = organisation;
    this.#keys = deskKeys(organisation);
    this.#rememberMs = rememberMs;
  }

  async putEnvelopes(envelopes: DeskEnvelope[]): Promise<void> {
    const { built, envelopes: key, current } = this.#keys;
    for (const batch of slices(envelopes, batchMax)) {
      const args = batch.flatMap((envelope) => [envelope.id, envelopeText(envelope)]);
      const done = await answered(scripts.put.run(this.#connection, [built, key, current], args));
      if (!done) throw new DeskNotBuilt(this.#organisation);
    }
  }

  async hold(requests: HoldRequest[]): Promise<HoldAnswer[]> {
    const { envelopes, current, windows, settled, held, holds, lines, endedEven, endedOdd, built, frozen } = this.#keys;
    const keys = [envelopes, current, windows, settled, held, holds, lines, endedEven, endedOdd, built, frozen];
    // An id repeated within a batch is one request.
    const distinct = firstOfEach(requests, ({ holdId }) => holdId);
    const answers = new Map<string, HoldAnswer>();
    for (const batch of slices(distinct, batchMax)) {
      const texts = await answered(scripts.hold.run(this.#connection, keys, batch.flatMap(holdArguments)));
      batch.forEach(({ holdId }, place) => answers.set(holdId, answerOf(holdId, texts[place])));
    }
    return requests.flatMap(({ holdId }) => answers.get(holdId) ?? []);
  }

  async settle(settlements: Settlement[]): Promise<SettleAnswer[]> {
    return this.#end(settlements, ({ holdId }) => holdId, settleArguments);
  }

  async adjust(adjustments: Adjustment[]): Promise<SettleAnswer[]> {
    return this.#end(adjustments, ({ adjustmentId }) => adjustmentId, adjustArguments);
  }

  async #end<Ending extends { record: string }>(
    endings: Ending[],
    idOf: (ending: Ending) => string,
    argumentsOf: (ending: Ending) => (string | number)[],
  ): Promise<SettleAnswer[]> {
    const { windows, settled, held, holds, endedEven, endedOdd, records, waiting, frozen } = this.#keys;
    const keys = [windows, settled, held, holds, endedEven, endedOdd, records, waiting, frozen];
    const distinct = firstOfEach(endings, idOf);
    const done = new Set<Ending>();
    for (const batch of slices(distinct, batchMax)) {
      const args = [this.#rememberMs, batch.map(({ record }) => record).join(''), ...batch.flatMap(argumentsOf)];
      const moved = await answered(scripts.settle.run(this.#connection, keys, args));
      batch.forEach((ending, place) => moved[place] && done.add(ending));
    }
    return endings.map((ending) => ({ holdId: idOf(ending), outcome: done.has(ending) ? 'settled' : 'already' }));
  }

  async drain(count: number): Promise<PendingRecord[]> {
    const { records, acknowledged } = this.#keys;
    const fives = await answered(scripts.drain.runForBytes(this.#connection, [records, acknowledged], [count]));
    return pendingRecords(fives).slice(0, count);
  }

  async acknowledge(cursors: string[]): Promise<void> {
    const { records, acknowledged, waiting } = this.#keys;
    for (const batch of slices(acknowledgeArguments(cursors), 400))
      await answered(scripts.acknowledge.run(this.#connection, [records, acknowledged, waiting], batch));
  }

  async expired(count: number): Promise<OpenHold[]> {
    const found = await this.#sweep('expired');
    return found.sort((a, b) => a.expiresAtMs - b.expiresAtMs || (a.holdId < b.holdId ? -1 : 1)).slice(0, count);
  }

  openHolds(): Promise<OpenHold[]> {
    return this.#sweep('all');
  }

  /** Looks through all open holds, a page at a time. */
  async #sweep(which: 'expired' | 'all'): Promise<OpenHold[]> {
    const found = new Map<string, OpenHold>();
    let cursor = '0';
    do {
      const args = [cursor, expiredPage, which];
      const page = await answered(scripts.expired.run(this.#connection, [this.#keys.holds], args));
      const [next = '0', ...pairs] = page;
      for (const [holdId = '', text] of slices(pairs, 2)) found.set(holdId, openHoldOf(holdId, text));
      cursor = next;
    } while (cursor !== '0');
    return [...found.values()];
  }

  async attempts(holdIds: string[]): Promise<AttemptState[]> {
    const { holds, endedEven, endedOdd, waiting } = this.#keys;
    const states: AttemptState[] = [];
    for (const batch of slices(holdIds, expiredPage))
      states.push(
        ...(await answered(scripts.attempts.run(this.#connection, [holds, endedEven, endedOdd, waiting], batch))),
      );
    return states;
  }

  async rehold(lost: PresentedHold[]): Promise<void> {
    const { windows, held, holds, endedEven, endedOdd, lines, frozen } = this.#keys;
    const keys = [windows, held, holds, endedEven, endedOdd, lines, frozen];
    for (const batch of slices(lost, batchMax))
      await answered(scripts.rehold.run(this.#connection, keys, batch.flatMap(reholdArguments)));
  }

  async balances(envelopes: string[]): Promise<EnvelopeBalance[]> {
    const { windows, settled, held } = this.#keys;
    const fours = await answered(scripts.balances.run(this.#connection, [windows, settled, held], envelopes));
    const balances = slices(fours, 4).map(([envelope = '', window = '', settledText = '', heldText = '']) => {
      return { envelope, window, settledNanoUsd: BigInt(settledText), heldNanoUsd: BigInt(heldText) };
    });
    return inOrder(balances, envelopes);
  }

  async books(envelopes: string[]): Promise<EnvelopeBooks[]> {
    const { windows, settled, held, waiting } = this.#keys;
    const fives = await answered(scripts.books.run(this.#connection, [windows, settled, held, waiting], envelopes));
    const books = slices(fives, 5).map(([envelope = '', window = '', ...figures]) => {
      const [settledNanoUsd = 0n, heldNanoUsd = 0n, waitingNanoUsd = 0n] = figures.map(BigInt);
      return { envelope, window, settledNanoUsd, heldNanoUsd, waitingNanoUsd };
    });
    return inOrder(books, envelopes);
  }

  async epoch(): Promise<number | null> {
    const epoch = await answered(scripts.epoch.run(this.#connection, [this.#keys.built], []));
    return epoch === '' ? null : Number(epoch);
  }

  store(): Promise<string> {
    return answered(scripts.store.run(this.#connection, [this.#keys.store], [randomUUID()]));
  }

  async freeze(forMs: number): Promise<string> {
    const proof = randomUUID();
    await answered(this.#connection.set(this.#keys.frozen, proof, 'PX', Math.ceil(forMs)));
    return proof;
  }

  /** Large states are staged in pieces under keys of their own; what the desk answers changes in one step at the end. */
  async rebuild(state: DeskState, proof = ''): Promise<boolean> {
    const { built, current, endedEven, endedOdd, frozen } = this.#keys;
    for (const batch of slices(state.ended ?? [], expiredPage))
      await answered(scripts.remember.run(this.#connection, [endedEven, endedOdd], [this.#rememberMs, ...batch]));
    const { staged, pairs } = await answered(stageState(this.#connection, this.#keys, state));
    const keys = [built, current, endedEven, endedOdd, staged.holds, frozen, ...pairs];
    return (await answered(scripts.rebuild.run(this.#connection, keys, [state.epoch ?? 1, proof]))) === 1;
  }

  async close(): Promise<void> {
    this.#close();
  }
}

async function answered<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    throw new DeskFault(error);
  }
}

/** In the order asked for, then by window, without those nothing was ever spent in. */
function inOrder<Balance extends EnvelopeBalance>(balances: Balance[], envelopes: string[]): Balance[] {
  const place = new Map(envelopes.map((id, index) => [id, index]));
  return balances
    .filter((balance) => balance.settledNanoUsd || balance.heldNanoUsd)
    .sort((a, b) => (place.get(a.envelope) ?? 0) - (place.get(b.envelope) ?? 0) || (a.window < b.window ? -1 : 1));
}

function firstOfEach<Item>(items: Item[], idOf: (item: Item) => string): Item[] {
  const first = new Map<string, Item>();
  for (const item of items) if (!first.has(idOf(item))) first.set(idOf(item), item);
  return first.size === items.length ? items : [...first.values()];
}

function slices<Item>(items: Item[], size: number): Item[][] {
  if (items.length <= size) return items.length === 0 ? [] : [items];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}
