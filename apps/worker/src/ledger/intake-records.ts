/**
 * Carries records from the desk into the ledger: drain → append → acknowledge. A crash in between drains them again,
 * and the ledger knows them by their id. What cannot be a line is put aside and counted; it never blocks the others.
 */
import type { Entry } from '#contracts/entry.js';
import type { EnvelopeDesk, PendingRecord } from '#contracts/envelope-desk.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import type { QuarantinedRecord, QuarantineStore } from '#postgres/evidence/quarantine.store.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { readRecord } from './read-record.js';

export interface IntakeParts {
  organisation: string;
  desk: Pick<EnvelopeDesk, 'drain' | 'acknowledge'>;
  ledger: Pick<LedgerStore, 'append'>;
  quarantine: Pick<QuarantineStore, 'put'>;
  metrics: WorkerMetrics;
  log: Log;
}

interface Line {
  entry: Entry;
  record: string;
}

/** Takes in at most `count` records; returns how many were waiting. Throws when a store does; then they wait on. */
export async function intakeRecords(parts: IntakeParts, count: number): Promise<number> {
  const pending = await parts.desk.drain(count);
  if (pending.length === 0) return 0;
  const { lines, aside } = sorted(pending);
  aside.push(...(await appendLines(parts, lines)));
  await putAside(parts, aside);
  await parts.desk.acknowledge(pending.map(({ cursor }) => cursor));
  parts.metrics.intake.inc(pending.length - aside.length);
  return pending.length;
}

function sorted(pending: PendingRecord[]): { lines: Line[]; aside: QuarantinedRecord[] } {
  const lines: Line[] = [];
  const aside: QuarantinedRecord[] = [];
  for (const { record } of pending) {
    const read = readRecord(record);
    if ('entry' in read) lines.push({ entry: read.entry, record });
    else aside.push({ record, reason: read.problem });
  }
  return { lines, aside };
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
