/**
 * Carries records from the desk into the ledger: drain → append → acknowledge. A crash in between drains them again,
 * and the ledger knows them by their id. What cannot be a line is put aside and counted; it never blocks the others.
 */
import type { CallRecord } from '#contracts/call-record.js';
import type { Entry } from '#contracts/entry.js';
import type { EnvelopeDesk, PendingRecord } from '#contracts/envelope-desk.js';
import type { LaterCost } from '#contracts/later-cost.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { trueUpOf } from '#domain/ledger/true-up.js';
import type { MirrorJob } from '#contracts/jobs.js';
import type { LedgerSpendStore } from '#postgres/ledger/ledger-spend.store.js';
import type { QuarantinedRecord, QuarantineStore } from '#postgres/evidence/quarantine.store.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { TrueUpStore } from '#postgres/ledger/true-up.store.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { readRecord } from './read-record.js';

export interface IntakeParts {
  organisation: string;
  desk: Pick<EnvelopeDesk, 'drain' | 'acknowledge'>;
  ledger: Pick<LedgerStore, 'append'>;
  quarantine: Pick<QuarantineStore, 'put'>;
  spend: Pick<LedgerSpendStore, 'endingsOf'>;
  trueUps: Pick<TrueUpStore, 'add'>;
  /** Told of calls whose records are in the ledger. What it throws leaves them waiting, and they are told again. */
  heard: (calls: CallRecord[]) => Promise<void>;
  /** Closes a place nobody will fill. What it throws is logged, and the record waits on. */
  voidPlace: (job: MirrorJob) => Promise<void>;
  metrics: WorkerMetrics;
  log: Log;
}

interface Line {
  entry: Entry;
  call: CallRecord | null;
  record: string;
}

/** Takes in at most `count` records; returns how many were waiting. Throws when a store does; then they wait on. */
export async function intakeRecords(parts: IntakeParts, count: number): Promise<number> {
  const pending = await parts.desk.drain(count);
  if (pending.length === 0) return 0;
  const { lines, aside, voids, laters } = sorted(pending);
  const told = await secondStories(parts, lines);
  aside.push(...told.map(({ record }) => ({ record, reason: 'the attempt ended before, under another kind' })));
  const firsts = lines.filter((line) => !told.includes(line));
  aside.push(...(await appendLines(parts, firsts)));
  await putAside(parts, aside);
  await parts.heard(firsts.flatMap(({ call }) => call ?? []));
  await correct(parts, laters);
  const open = await closePlaces(parts, voids);
  await parts.desk.acknowledge(pending.map(({ cursor }) => cursor).filter((cursor) => !open.has(cursor)));
  parts.metrics.intake.inc(pending.length - aside.length);
  return pending.length - open.size;
}

const laterReason = 'the answer was fetched later, and says what it used';

/** Waits with venues' reports to be applied; an attempt that one of them has corrected stays as the report says. */
async function correct({ trueUps }: IntakeParts, laters: LaterCost[]): Promise<void> {
  const corrections = laters.flatMap(({ attempt, costPicoUsd, adjustmentId }) => {
    // Replays are never made in the background.
    const trueUp = trueUpOf({ ...attempt, kind: 'call' }, null, costPicoUsd);
    return trueUp ? [{ ...trueUp, adjustmentId, reverses: null, reason: laterReason }] : [];
  });
  if (corrections.length > 0) await trueUps.add(corrections, 'o10');
}

interface Void {
  cursor: string;
  job: MirrorJob;
}

/** Cursors of those that could not be closed yet. */
async function closePlaces({ voidPlace, log }: IntakeParts, voids: Void[]): Promise<Set<string>> {
  const open = new Set<string>();
  for (const { cursor, job } of voids) {
    await voidPlace(job).catch((error: unknown) => {
      log.warn({ call: job.callId, error: String(error) }, 'a place in a line of evidence is not closed yet');
      open.add(cursor);
    });
  }
  return open;
}

/** An attempt ends once: a line under another kind of ending is not written beside the first, nor with it. */
async function secondStories({ spend }: IntakeParts, lines: Line[]): Promise<Line[]> {
  const endings = await spend.endingsOf(lines.map(({ entry }) => entry.id));
  return lines.filter(({ entry }) => {
    const kind = endings.get(entry.id) ?? entry.kind;
    endings.set(entry.id, kind);
    return kind !== entry.kind;
  });
}

interface Sorted {
  lines: Line[];
  aside: QuarantinedRecord[];
  voids: Void[];
  laters: LaterCost[];
}

function sorted(pending: PendingRecord[]): Sorted {
  const lines: Line[] = [];
  const laters: LaterCost[] = [];
  const aside: QuarantinedRecord[] = [];
  const voids: Void[] = [];
  for (const { cursor, record } of pending) {
    const read = readRecord(record);
    if ('entry' in read) lines.push({ entry: read.entry, call: read.call, record });
    else if ('later' in read) laters.push(read.later);
    else if ('voided' in read) voids.push({ cursor, job: read.voided });
    else aside.push({ record, reason: read.problem });
  }
  return { lines, aside, voids, laters };
}

/** Returns what could not be appended: lines the ledger refuses, and second stories under an id it has. */
async function appendLines({ ledger }: IntakeParts, lines: Line[]): Promise<QuarantinedRecord[]> {
  if (lines.length === 0) return [];
  try {
    const { conflicts } = await ledger.append(lines.map(({ entry }) => entry));
    const told = new Set(conflicts.map(({ kind, id }) => `${kind} ${id}`));
    return lines
      .filter(({ entry }) => told.has(`${entry.kind} ${entry.id}`))
      .map(({ record }) => ({ record, reason: 'the ledger has another line under this id' }));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const refused = lines.flatMap((line) => {
      const reason = whyNoLine(line.entry);
      return reason === null ? [] : [{ line, reason }];
    });
    if (refused.length === 0) throw error;
    const rest = lines.filter((line) => !refused.some((one) => one.line === line));
    const more = await appendLines({ ledger } as IntakeParts, rest);
    return [...refused.map(({ line, reason }) => ({ record: line.record, reason })), ...more];
  }
}

function whyNoLine(entry: Entry): string | null {
  try {
    ledgerTree.entryBytes(entry);
    return null;
  } catch (error) {
    return String(error);
  }
}

async function putAside(parts: IntakeParts, aside: QuarantinedRecord[]): Promise<void> {
  if (aside.length === 0) return;
  const fresh = await parts.quarantine.put(parts.organisation, aside);
  parts.metrics.quarantined.inc(fresh);
  const reasons = [...new Set(aside.map(({ reason }) => reason))].slice(0, 5);
  parts.log.error({ records: aside.length, reasons }, 'records that cannot be lines of the ledger were put aside');
}
