/**
 * Reads a ledger line by line, as an auditor would who has nothing but the stored bytes: what each line says, whether
 * it adds up, and what all of them sum to. Lines come in order, from index 0. What is kept of a line is 20 bytes an id.
 */
import type { z } from 'zod';
import {
  AdjustmentBody,
  type ArchiveBody,
  type CertificateExpiryBody,
  type EnvelopeChangeBody,
  type PriceVersionBody,
  ReversalBody,
} from '#contracts/entry-bodies.js';
import type { StoredEntry } from '#contracts/entry.js';
import type { Signature } from '#contracts/statement.js';
import { type StatementWire, statementDigest } from '../savings/statement-digest.js';
import { type BookedRecord, bookedOf } from './call-entry.js';
import type { Correction } from './correction.js';
import { unknownOf } from './entry-body.js';
import { EnvelopeReplay } from './envelope-replay.js';
import { IdIndex } from './id-index.js';
import { checkLine } from './line-check.js';
import { RollUp, type UseCaseTotals } from './roll-up.js';

export type { UseCaseTotals } from './roll-up.js';

/** A statement some line holds: its figures are sums over a range of lines, to be made again. */
export interface StatedLine {
  index: number;
  statement: StatementWire;
}

export interface AuditedLine {
  /** Null where the bytes are no entry. */
  entry: StoredEntry | null;
  /** In words; empty when nothing is wrong. */
  problems: string[];
}

export class LineAudit {
  /** Lines by kind. */
  readonly kinds: Record<string, number> = {};
  /** Lines nobody here can read further than their name, by that name. */
  readonly unknown: Record<string, number> = {};
  /** Statements by their digest, at the first line that holds each. */
  readonly statements = new Map<string, StatedLine>();
  readonly envelopes = new EnvelopeReplay();
  /** Months whose lines left the database for files, as later lines say. */
  readonly archives: ArchiveBody[] = [];
  /** Attempts whose cost later lines correct. */
  readonly corrected: { index: number; attemptId: string }[] = [];
  /** The log the lines belong to, taken from the first. */
  log: string | null = null;
  /** Attempts that cost more than was held for them: booked in full. */
  overruns = 0;

  /** By day, use case, route and key. */
  readonly sums = new RollUp();
  private readonly settledAt: IdIndex;
  private readonly endedAt: IdIndex;
  private readonly writtenAt = new Map<string, IdIndex>();
  private readonly priceBooks = new Set<string>();
  /** What each adjustment said, until it is reversed; null from then on. */
  private readonly standing = new Map<string, string | null>();
  /** By verdict. */
  private readonly provenUntil = new Map<string, string>();

  /** `lines`: how many are expected, so that memory is taken once. */
  constructor(lines = 0) {
    this.settledAt = new IdIndex(lines);
    this.endedAt = new IdIndex(lines);
  }

  add(index: number, bytes: Uint8Array): AuditedLine {
    const { entry, booked, understood, problems } = checkLine(bytes);
    if (!entry) return { entry, problems };
    return { entry, problems: [...problems, ...this.follow(index, entry, booked && bookedOf(booked), understood)] };
  }

  /** What is wrong with a line that was checked by itself, given all before it. */
  follow(index: number, entry: StoredEntry, record: BookedRecord | null, understood: boolean): string[] {
    const problems = this.place(index, entry, record);
    if (record) return [...problems, ...this.settle(index, record)];
    const unknown = unknownOf(entry);
    if (unknown !== null) this.unknown[unknown] = (this.unknown[unknown] ?? 0) + 1;
    return understood ? [...problems, ...this.remember(index, entry)] : problems;
  }

  totals(): Record<string, UseCaseTotals> {
    return this.sums.totals();
  }

  private place(index: number, { kind, id, log }: StoredEntry, record: BookedRecord | null): string[] {
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    this.log ??= log;
    const problems = log === this.log ? [] : [`belongs to log ${log}, not ${this.log}`];
    // Of an attempt the line has the id, and that it ended once says more than that it was written once.
    if (record?.attemptId === id) return problems;
    let written = this.writtenAt.get(kind);
    if (!written) this.writtenAt.set(kind, (written = new IdIndex()));
    const before = written.put(id, index);
    if (before >= 0) problems.push(`${kind} ${id} was written before, as line ${before}`);
    return problems;
  }

  private settle(index: number, record: BookedRecord): string[] {
    const before = this.settledAt.put(record.attemptId, index);
    if (before >= 0) return [`attempt ${record.attemptId} was settled before, by line ${before}`];
    const problems: string[] = [];
    if (record.kind === 'call' && record.final) {
      const ended = this.endedAt.put(record.callId, index);
      if (ended >= 0) problems.push(`call ${record.callId} was ended before, by line ${ended}`);
    }
    if (record.kind === 'attempt' && record.final)
      problems.push(`attempt ${record.attemptId} says it ended its call, and is not the line of the call`);
    if (record.priceBook !== null && !this.priceBooks.has(record.priceBook))
      problems.push(`priced by the book ${record.priceBook}, which no line before names`);
    if (record.costPicoUsd > record.heldNanoUsd * 1_000n && record.heldNanoUsd > 0n) this.overruns += 1;
    this.sums.add(record);
    return [...problems, ...this.envelopes.settle(record)];
  }

  /** Lines that later ones are held against. Requires bodies that are what their kind must be. */
  private remember(index: number, { kind, id, body, occurredAt, actor }: StoredEntry): string[] {
    switch (kind) {
      case 'price_version':
        this.priceBooks.add((body as z.output<typeof PriceVersionBody>).priceBook);
        return [];
      case 'envelope_change':
        this.envelopes.change(body as z.output<typeof EnvelopeChangeBody>, Date.parse(occurredAt));
        return [];
      case 'verdict':
        this.provenUntil.set(id, String(body['expiresAt']));
        return [];
      case 'certificate_expiry':
        return this.lapse(body as CertificateExpiryBody);
      case 'archive':
        return this.archive(index, body as ArchiveBody);
      case 'adjustment':
        return this.adjust(index, id, AdjustmentBody.decode(body as z.input<typeof AdjustmentBody>), occurredAt);
      case 'reversal':
        return this.reverse(index, ReversalBody.decode(body as z.input<typeof ReversalBody>), occurredAt);
      case 'statement':
        return this.state(index, body as unknown as StatementWire);
      case 'signature':
        return this.sign(body as Signature, actor);
      default:
        return [];
    }
  }

  /** Of a name behind which a venue may put other weights a proof lapses sooner than its verdict says, never later. */
  private lapse({ verdict, expiredAt }: CertificateExpiryBody): string[] {
    const until = this.provenUntil.get(verdict);
    if (until === undefined) return [`says verdict ${verdict} lapsed, and no line before holds that`];
    return Date.parse(expiredAt) > Date.parse(until)
      ? [`says verdict ${verdict} held until ${expiredAt}; it said ${until}`]
      : [];
  }

  private archive(index: number, archive: ArchiveBody): string[] {
    this.archives.push(archive);
    const { fromIndex, toIndex } = archive;
    return fromIndex < toIndex && toIndex <= index
      ? []
      : [`archives lines ${fromIndex} to ${toIndex}, being line ${index}`];
  }

  private adjust(index: number, id: string, adjustment: AdjustmentBody, occurredAt: string): string[] {
    this.correct(index, adjustment, occurredAt);
    this.standing.set(id, spelled(adjustment, 1n));
    return [];
  }

  private reverse(index: number, reversal: ReversalBody, occurredAt: string): string[] {
    this.correct(index, reversal, occurredAt);
    const { id } = reversal.reverses;
    const stands = this.standing.get(id);
    this.standing.set(id, null);
    if (stands === undefined) return [`reverses adjustment ${id}, and no line before holds that`];
    if (stands === null) return [`reverses adjustment ${id} a second time`];
    return stands === spelled(reversal, -1n) ? [] : [`does not take adjustment ${id} back as it was made`];
  }

  private correct(index: number, by: Correction, occurredAt: string): void {
    const { attemptId, envelopes, differenceNanoUsd } = by;
    this.corrected.push({ index, attemptId });
    this.sums.adjust(occurredAt, by);
    this.envelopes.adjust(envelopes, BigInt(differenceNanoUsd));
  }

  private state(index: number, statement: StatementWire): string[] {
    const digest = statementDigest(statement);
    if (!this.statements.has(digest)) this.statements.set(digest, { index, statement });
    const { fromIndex, toIndex } = statement;
    return fromIndex < toIndex && toIndex <= index
      ? []
      : [`states lines ${fromIndex} to ${toIndex}, being line ${index}`];
  }

  private sign({ statement, statementDigest: digest, signedBy }: Signature, actor: string | null): string[] {
    const signed = this.statements.get(digest);
    if (!signed || signed.statement.id !== statement)
      return [`signs statement ${statement} as ${digest}, and no line before holds that`];
    if (signed.statement.author === signedBy) return [`${signedBy} signs a statement of their own`];
    return actor === null || actor === signedBy ? [] : [`says ${signedBy} signed; it was written by ${actor}`];
  }
}

/** What a correction moves and where, times `sign`: of an adjustment and of what reverses it the same. */
function spelled({ attemptId, callId, useCase, envelopes, ...by }: Correction, sign: bigint): string {
  const places = envelopes.map(({ envelope, window }) => `${envelope} ${window}`);
  const amounts = [by.differencePicoUsd, by.chargeDifferencePicoUsd ?? 0n, BigInt(by.differenceNanoUsd)];
  const moved = amounts.map((amount) => sign * amount);
  return [attemptId, callId, useCase, by.evaluation === true, ...moved, ...places].join('\n');
}
