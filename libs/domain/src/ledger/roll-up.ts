/**
 * What lines sum to, by day, use case, route and key: live calls and evaluation apart, and what is uncertain counted. A
 * projection and never evidence: made again from the same lines it has the same checksum.
 */
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { StoredEntry } from '#contracts/entry.js';
import type { RollUpRow } from '#contracts/roll-up.js';
import { type BookedRecord, callRecordOf, isEvaluation } from './call-entry.js';
import { type Correction, correctionOf } from './correction.js';

type Place = Pick<RollUpRow, 'day' | 'useCase' | 'route' | 'key'>;
type Sums = Omit<RollUpRow, keyof Place>;
type MovedBy = Pick<Correction, 'useCase' | 'evaluation' | 'differencePicoUsd' | 'chargeDifferencePicoUsd'>;

/** Sums of one use case, amounts as text. */
export type UseCaseTotals = { [Sum in keyof Sums]: Sums[Sum] extends bigint ? string : number };

const nothing = (): Sums => ({
  ...{ calls: 0, attempts: 0, costPicoUsd: 0n, chargePicoUsd: 0n },
  ...{ evaluations: 0, evaluationCostPicoUsd: 0n, estimated: 0, unpriced: 0 },
});
const sumNames = Object.keys(nothing()) as (keyof Sums)[];

const placeKey = ({ day, useCase, route, key }: Place): string => `${day} ${useCase} ${route ?? ''} ${key ?? ''}`;

export class RollUp {
  private readonly byPlace = new Map<string, RollUpRow>();

  /** Starts from rows that were made before. */
  constructor(rows: Iterable<RollUpRow> = []) {
    for (const row of rows) this.byPlace.set(placeKey(row), { ...row });
  }

  /** Lines of other kinds move no money. Throws TypeError for a line whose body is not of its kind. */
  addEntry(entry: Pick<StoredEntry, 'kind' | 'body' | 'occurredAt'>): void {
    const correction = correctionOf(entry);
    if (correction) return this.adjust(entry.occurredAt, correction);
    const record = callRecordOf(entry);
    if (record) this.add(record);
  }

  add(record: BookedRecord): void {
    const { useCase, route, key } = record;
    const sums = this.at({ day: record.endedAt.slice(0, 10), useCase, route, key });
    if (record.costBasis === 'estimated') sums.estimated += 1;
    if (record.costBasis === 'unpriced') sums.unpriced += 1;
    if (isEvaluation(record)) {
      sums.evaluations += 1;
      sums.evaluationCostPicoUsd += record.costPicoUsd;
      return;
    }
    sums.attempts += 1;
    if (record.final) sums.calls += 1;
    sums.costPicoUsd += record.costPicoUsd;
    sums.chargePicoUsd += record.chargePicoUsd;
  }

  /** A correction of what an attempt cost, and its caller is charged, on the day it was made. */
  adjust(at: string, { useCase, evaluation, differencePicoUsd, chargeDifferencePicoUsd = 0n }: MovedBy): void {
    const sums = this.at({ day: at.slice(0, 10), useCase, route: null, key: null });
    if (evaluation) {
      sums.evaluationCostPicoUsd += differencePicoUsd;
      return;
    }
    sums.costPicoUsd += differencePicoUsd;
    sums.chargePicoUsd += chargeDifferencePicoUsd;
  }

  /** Adds what other lines sum to. */
  merge(rows: Iterable<RollUpRow>): void {
    for (const row of rows) addTo(this.at(row), row);
  }

  /** In the order of the checksum. */
  rows(): RollUpRow[] {
    return [...this.byPlace].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
  }

  /** By use case, over all days. */
  totals(): Record<string, UseCaseTotals> {
    const byUseCase = new Map<string, Sums>();
    for (const row of this.rows()) {
      const sums = byUseCase.get(row.useCase) ?? nothing();
      addTo(sums, row);
      byUseCase.set(row.useCase, sums);
    }
    const sorted = [...byUseCase].sort(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(sorted.map(([useCase, sums]) => [useCase, spelled(sums)]));
  }

  private at(place: Place): RollUpRow {
    const name = placeKey(place);
    const known = this.byPlace.get(name);
    if (known) return known;
    const { day, useCase, route, key } = place;
    const fresh = { day, useCase, route, key, ...nothing() };
    this.byPlace.set(name, fresh);
    return fresh;
  }
}

/** By day, SHA-256 (hex) over the RFC 8785 form of the day's rows in order. The order they are given in does not matter. */
export function checksumsByDay(rows: Iterable<RollUpRow>): Map<string, string> {
  const days = Map.groupBy(new RollUp(rows).rows(), ({ day }) => day);
  return new Map([...days].map(([day, of]) => [day, hash('sha256', canonicalize(of.map(wire)) ?? '', 'hex')]));
}

const wire = ({ day, useCase, route, key, ...sums }: RollUpRow) => ({ day, useCase, route, key, ...spelled(sums) });

function addTo(sums: Sums, more: Sums): void {
  sums.calls += more.calls;
  sums.attempts += more.attempts;
  sums.costPicoUsd += more.costPicoUsd;
  sums.chargePicoUsd += more.chargePicoUsd;
  sums.evaluations += more.evaluations;
  sums.evaluationCostPicoUsd += more.evaluationCostPicoUsd;
  sums.estimated += more.estimated;
  sums.unpriced += more.unpriced;
}

function spelled(sums: Sums): UseCaseTotals {
  const named = sumNames.map((name) => [name, typeof sums[name] === 'bigint' ? String(sums[name]) : sums[name]]);
  return Object.fromEntries(named) as UseCaseTotals;
}
