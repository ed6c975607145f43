/**
 * Looks on, knowing what no part of the product knows: what the venues bill, who is dead, what each client was told. Each
 * rule is a promise; what breaks one is kept in words.
 */
import type { CallRecord, LinePlace } from '#contracts/call-record.js';
import type { HeldEnvelope, HoldRequest } from '#contracts/envelope-desk.js';
import { balanceKey } from '#domain/envelope/decide-hold.js';
import type { Model } from '#domain/envelope/model.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { Drift } from '../../apps/worker/src/envelopes/find-drift.js';
import type { SimulatedClient } from './simulated-client.js';
import type { SimulatedDatabase } from './simulated-database.js';
import type { BilledAttempt, SimulatedVenues } from './simulated-venue.js';
import type { SimulatedProcess } from './virtual-time.js';

export const rules = {
  limit: 'no hold is given that takes an envelope beyond its limit',
  exposure: 'what is under way and what was billed stay within the limit',
  'one ending': 'every attempt that was sent ends once in the ledger, every call at most once',
  bill: 'a reported cost is what the venue bills, an estimate no less, nothing bought is nothing billed',
  drift: 'desk and ledger never differ',
  held: 'nothing stays held, unless who held it died',
  books: 'in the end the desk has settled what the lines of the ledger add up to',
  window: 'money stays in the window of its admission',
  answer: 'a client hears one attempt',
  stranger: 'nobody is served on a key he does not have',
  places: 'no place in a line of evidence is given twice',
  bug: 'nothing throws',
} as const;
export type Rule = keyof typeof rules;

export interface Violation {
  rule: Rule;
  what: string;
}

export interface WatchedCall {
  callId: string;
  stranger: boolean;
  key: string;
  client: SimulatedClient;
  process: SimulatedProcess;
}

interface Grant {
  request: HoldRequest;
  holder: SimulatedProcess | undefined;
  places: HeldEnvelope[];
  /** In a line of evidence, as `checkPlaces` spells it. */
  numbered: string | null;
}

export interface WatchedStores {
  venues: () => SimulatedVenues;
  database: () => SimulatedDatabase;
}

export class WatchMoney {
  readonly violations: Violation[] = [];
  readonly calls: WatchedCall[] = [];
  /** How often desk and ledger were held against each other. */
  comparisons = 0;
  /** Windows, and places in lines of evidence, that a desk was rebuilt without knowing all of. */
  readonly excused = new Set<string>();
  private readonly grants = new Map<string, Grant>();

  constructor(
    private readonly stores: WatchedStores,
    private readonly limits: ReadonlyMap<string, bigint>,
  ) {}

  say(rule: Rule, what: string): void {
    this.violations.push({ rule, what });
  }

  granted(request: HoldRequest, holder: SimulatedProcess | undefined, model: Model): void {
    const { envelopes: places = [], position = null } = model.holds.get(request.holdId)?.answer ?? {};
    const numbered = request.line && position !== null ? placeOf({ gate: request.line, position }) : null;
    this.grants.set(request.holdId, { request, holder, places, numbered });
    for (const { envelope, window } of places) {
      const balance = model.balances.get(balanceKey(envelope, window));
      const counted = (balance?.settledNanoUsd ?? 0n) + (balance?.heldNanoUsd ?? 0n);
      if (counted > this.limitOf(envelope)) this.say('limit', `${envelope} ${window} stands at ${counted}`);
    }
  }

  /**
   * Two faults at once: a desk is lost, and who alone knows of an attempt is down, or could not reach the desk for as long
   * as a rebuild waits (`unheard`).
   */
  rebuilt(model: Model, unheard: boolean): void {
    for (const [attemptId, { holder, places, numbered }] of this.grants) {
      if (model.holds.has(attemptId) || this.stores.database().hasEnding(attemptId)) continue;
      if (holder?.alive !== false && !unheard) continue;
      if (numbered) this.excused.add(numbered);
      const isMoney = holder?.alive !== false || this.stores.venues().billed.has(attemptId);
      for (const { envelope, window } of isMoney ? places : []) this.excused.add(balanceKey(envelope, window));
    }
  }

  dispatched({ attemptId }: BilledAttempt): void {
    for (const { envelope, window } of this.grants.get(attemptId)?.places ?? []) {
      const atRisk = this.atRiskIn(envelope, window);
      if (atRisk > this.limitOf(envelope) && !this.excused.has(balanceKey(envelope, window)))
        this.say('exposure', `${envelope} ${window}: ${atRisk} are billed or under way`);
    }
  }

  drifted(drifts: Drift[]): void {
    this.comparisons += 1;
    for (const { envelope, window, driftNanoUsd } of drifts)
      this.say('drift', `${envelope} ${window} differs by ${driftNanoUsd}`);
  }

  /** When all is quiet: who is alive has given back what it held. */
  checkHeld({ holds }: Model): void {
    for (const [id, { state }] of holds)
      if (state === 'open' && this.grants.get(id)?.holder?.alive) this.say('held', `${id} is held by who lives`);
  }

  /**
   * When the holds of the dead have expired too. `endingsForgotten`: a disk was full and a proxy killed, so that what it knew of an ending may be gone
   * with it; then a second story is told, and the first one stands.
   */
  closeBooks(model: Model, endingsForgotten: boolean): void {
    const records = this.stores.database().lines.flatMap(({ entry }) => callRecordOf(entry) ?? []);
    this.checkEndings(records);
    for (const record of records) this.checkBill(record);
    this.checkCalls(records);
    this.checkDesk(model, records);
    this.checkPlaces(records);
    for (const { reason, record } of this.stores.database().quarantined.values())
      if (!reason.startsWith('the attempt ended before') && !endingsForgotten)
        this.say('one ending', `put aside, ${reason}: ${record}`);
  }

  private checkEndings(records: CallRecord[]): void {
    const endings = countOf(records.map(({ attemptId }) => attemptId));
    for (const { attemptId } of this.stores.venues().billed.values())
      if (endings.get(attemptId) !== 1) this.say('one ending', `${attemptId} has ${endings.get(attemptId) ?? 0} lines`);
    for (const attemptId of this.stores.venues().repeated) this.say('one ending', `${attemptId} was sent twice`);
    const finals = countOf(records.filter(({ kind, final }) => kind === 'call' && final).map(({ callId }) => callId));
    for (const { callId, process } of this.calls) {
      const count = finals.get(callId) ?? 0;
      if (count > 1 || (count === 0 && process.alive)) this.say('one ending', `call ${callId} ended ${count} times`);
    }
  }

  private checkBill({ kind, callId, attemptId, costBasis, costPicoUsd, outcome }: CallRecord): void {
    const billed = this.stores.venues().billed.get(attemptId);
    const told = `${attemptId} (${outcome}, ${costBasis}) is booked at ${costPicoUsd}`;
    if (!billed) {
      const sender = this.grants.get(attemptId)?.holder ?? this.calls.find((call) => call.callId === callId)?.process;
      // Of the dead their journal tells what was on its way; a hold it does not tell of expires to nothing.
      if (costPicoUsd > 0n && (sender?.alive !== false || kind === 'hold_expiry'))
        this.say('bill', `${told}, and was never sent`);
      return;
    }
    const picoUsd = billed.picoUsd ?? 0n;
    const right = { reported: costPicoUsd === picoUsd, estimated: costPicoUsd >= picoUsd, none: picoUsd === 0n };
    if (billed.told && billed.sender?.alive && costBasis !== 'reported') this.say('bill', `${told}, and was told`);
    if (costBasis === 'unpriced' || !right[costBasis]) this.say('bill', `${told}, and billed ${picoUsd}`);
  }

  private checkCalls(records: CallRecord[]): void {
    const sent = this.stores.venues().billed;
    for (const { callId, stranger, key, client } of this.calls) {
      const mine = records.filter((record) => record.callId === callId);
      if (stranger && mine.some(({ attemptId }) => sent.has(attemptId))) this.say('stranger', `${callId} was served`);
      if (!stranger && mine.some((record) => record.kind === 'call' && record.key !== key))
        this.say('stranger', `${callId} is on the record of another key than ${key}`);
      const heard = new Set(client.text.match(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g));
      if (heard.size > 1) this.say('answer', `${callId} heard ${[...heard].join(' and ')}`);
    }
  }

  private checkDesk(model: Model, records: CallRecord[]): void {
    for (const [id, { state }] of model.holds) {
      if (state === 'open') this.say('held', `${id} is still held`);
      else if (this.grants.get(id)?.holder?.alive && !records.some(({ attemptId }) => attemptId === id))
        this.say('held', `${id} ended without a line`);
    }
    const sums = new Map<string, bigint>();
    for (const { attemptId, envelopes, costPicoUsd } of records) {
      const admitted = new Set(this.grants.get(attemptId)?.places.map((at) => balanceKey(at.envelope, at.window)));
      for (const { envelope, window } of envelopes) {
        const key = balanceKey(envelope, window);
        if (!admitted.has(key)) this.say('window', `${attemptId} was never admitted to ${key}`);
        sums.set(key, (sums.get(key) ?? 0n) + nanoCeil(costPicoUsd));
      }
    }
    for (const [key, { envelope, window, settledNanoUsd, heldNanoUsd }] of model.balances) {
      const isOver = !model.envelopes.get(envelope)?.windows.some(({ id }) => id === window);
      const sum = sums.get(key) ?? 0n;
      // Of a window that was over when the desk was built only what ended later is there.
      const isRight = isOver ? settledNanoUsd <= sum : settledNanoUsd === sum;
      if (heldNanoUsd !== 0n || !isRight)
        this.say('books', `${key}: ${settledNanoUsd} settled, ${heldNanoUsd} held, the lines say ${sum}`);
    }
  }

  private checkPlaces(records: CallRecord[]): void {
    const places = countOf(records.flatMap(({ line }) => (line ? [placeOf(line)] : [])));
    for (const [place, count] of places)
      if (count > 1 && !this.excused.has(place)) this.say('places', `${place} was given ${count} times`);
  }

  private atRiskIn(envelope: string, window: string): bigint {
    let sum = 0n;
    for (const { attemptId, picoUsd } of this.stores.venues().billed.values()) {
      const grant = this.grants.get(attemptId);
      if (grant?.places.some((at) => at.envelope === envelope && at.window === window))
        sum += picoUsd === null ? grant.request.amountNanoUsd : nanoCeil(picoUsd);
    }
    return sum;
  }

  private limitOf(envelope: string): bigint {
    return this.limits.get(envelope) ?? 0n;
  }
}

const placeOf = ({ gate, position }: Pick<LinePlace, 'gate' | 'position'>): string => `${gate} ${position}`;

function countOf(names: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
