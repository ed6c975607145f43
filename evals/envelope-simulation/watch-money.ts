/**
 * Looks on, knowing what no part of the product knows: what the venues bill, who is dead, what each client was told. Each
 * rule is a promise; what breaks one is kept in words.
 */
import type { CallRecord } from '#contracts/call-record.js';
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
  /** Windows in which a desk was rebuilt without what a proxy that was down at the time had under way. */
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
    const places = model.holds.get(request.holdId)?.answer.envelopes ?? [];
    this.grants.set(request.holdId, { request, holder, places });
    this.excuse(model);
    for (const { envelope, window } of places) {
      const balance = model.balances.get(balanceKey(envelope, window));
      const counted = (balance?.settledNanoUsd ?? 0n) + (balance?.heldNanoUsd ?? 0n);
      if (counted > this.limitOf(envelope)) this.say('limit', `${envelope} ${window} stands at ${counted}`);
    }
  }

  /** Two faults at once: the desk is lost while a proxy is down whose journal alone knows of its attempts. */
  private excuse(model: Model): void {
    for (const { attemptId, sender } of this.stores.venues().billed.values()) {
      if (sender?.alive !== false || model.holds.has(attemptId) || this.stores.database().hasEnding(attemptId))
        continue;
      for (const { envelope, window } of this.grants.get(attemptId)?.places ?? [])
        this.excused.add(balanceKey(envelope, window));
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

  /**
   * When all is quiet. `endingsForgotten`: a disk was full and a proxy killed, so that what it knew of an ending may be gone
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

  private checkBill({ attemptId, costBasis, costPicoUsd, outcome }: CallRecord): void {
    const billed = this.stores.venues().billed.get(attemptId);
    const told = `${attemptId} (${outcome}, ${costBasis}) is booked at ${costPicoUsd}`;
    if (!billed) {
      const holder = this.grants.get(attemptId)?.holder;
      if (costPicoUsd > 0n && holder?.alive !== false) this.say('bill', `${told}, and was never sent`);
      return;
    }
    const picoUsd = billed.picoUsd ?? 0n;
    const right = { reported: costPicoUsd === picoUsd, estimated: costPicoUsd >= picoUsd, none: picoUsd === 0n };
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
    for (const [key, { settledNanoUsd, heldNanoUsd }] of model.balances)
      if (heldNanoUsd !== 0n || settledNanoUsd !== (sums.get(key) ?? 0n))
        this.say('books', `${key}: ${settledNanoUsd} settled, ${heldNanoUsd} held, the lines say ${sums.get(key)}`);
  }

  private checkPlaces(records: CallRecord[]): void {
    const places = countOf(records.flatMap(({ line }) => (line ? [`${line.gate} ${line.position}`] : [])));
    for (const [place, count] of places) if (count > 1) this.say('places', `${place} was given ${count} times`);
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

function countOf(names: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
