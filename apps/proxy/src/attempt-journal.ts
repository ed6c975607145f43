/**
 * The proxy's own memory of money: before a request is sent, the settlement it would end with if this process died
 * (its ceiling, estimated) is on disk; when it ends, so is its real ending, until the ledger has it: the desk may lose
 * what it has taken. Writes of many calls share one synced write. How files are read is in read-journal.ts.
 */
import { join } from 'node:path';
import type { Settlement } from '#contracts/envelope-desk.js';
import { newId, newMaker } from '#runtime/new-id.js';
import { type JournalDisk, type JournalFile, syncedDisk } from './journal-disk.js';
import { lastWordsOf } from './read-journal.js';

const segmentBytesMax = 16 * 1024 * 1024;
const patienceMs = 3;
/** For the lines of one write under load; what does not fit is encoded on its own. */
const scratchBytesOfMany = 4 * 1024 * 1024;
/** Of one UTF-16 unit. */
const utf8BytesMax = 3;

interface Segment {
  path: string;
  file: JournalFile;
  bytes: number;
  /** Attempts whose last word is here and that the ledger does not have. */
  open: Set<string>;
}

/** A line on its way to the disk. */
interface Waiting {
  text: string;
  /** Whose last word this is; null for a line about others. */
  attempt: string | null;
  /** Where the attempt's earlier word stands, or it was counted: let go of once this line is on disk, not before. */
  leaves: Segment[];
  done: () => void;
  failed: (error: unknown) => void;
}

export class AttemptJournal {
  private readonly maker = newMaker();
  private segment: Segment;
  private readonly old: Segment[] = [];
  private readonly segmentOf = new Map<string, Segment>();
  /** Of those, the ones that have not ended, and of them the ones a desk holds money for. */
  private readonly open = new Set<string>();
  private readonly unheld = new Set<string>();
  /** Endings the disk did not take: this process at least knows them, until the ledger does. */
  private readonly unwritten = new Map<string, Settlement>();
  private waiting: Waiting[] = [];
  private writing = false;
  /** Someone waits for what is waiting; endings alone are in no hurry. */
  private urgent = false;
  private timer: NodeJS.Timeout | null = null;
  /** Kept from write to write: a new one each time would cost its pages each time. */
  private readonly scratch: Buffer;
  private number = 0;

  /** Requires a directory no other living proxy uses. Throws when it cannot be written. */
  constructor(
    private readonly directory: string,
    private readonly disk: JournalDisk = syncedDisk,
    scratchBytes = scratchBytesOfMany,
  ) {
    this.scratch = Buffer.allocUnsafeSlow(scratchBytes);
    disk.list(directory);
    this.segment = this.openSegment();
    // Also of a process that dies before its first intent it is known that it was here.
    this.append(`P ${this.maker}\n`, { urgent: true }).catch(() => undefined);
  }

  /** An id that says in whose journal its intent is, if it was ever sent. */
  newAttemptId(nowMs: number): string {
    return newId(nowMs, this.maker);
  }

  /** Resolves when the intent is on disk; only then may the request be sent. Rejects when it cannot be written. */
  intent(ifLost: Settlement): Promise<void> {
    this.track(ifLost.holdId);
    (ifLost.envelopes.length > 0 ? this.open : this.unheld).add(ifLost.holdId);
    return this.append(`I ${spell(ifLost)}\n`, { urgent: true, attempt: ifLost.holdId });
  }

  /** Resolves when the ending is on disk. No call waits for it, so it goes with the next intent, at most `patienceMs` later. */
  ending(settlement: Settlement): Promise<void> {
    const intended = this.segmentOf.get(settlement.holdId);
    this.track(settlement.holdId);
    this.open.delete(settlement.holdId);
    this.unheld.delete(settlement.holdId);
    const leaves = intended ? [intended] : [];
    const line = { urgent: false, attempt: settlement.holdId, leaves };
    return this.append(`E ${spell(settlement)}\n`, line).catch((error: unknown) => {
      this.unwritten.set(settlement.holdId, settlement);
      throw error;
    });
  }

  /** Attempts whose money a desk must hold, and attempts that have ended; all without an entry in the ledger yet. */
  attempts(): { open: string[]; ended: string[] } {
    const ended = [...this.segmentOf.keys()].filter((id) => !this.open.has(id) && !this.unheld.has(id));
    return { open: [...this.open], ended };
  }

  /** The last word of each of these attempts; of one that is forgotten here, because the ledger has it, nothing. */
  async lastWordsOf(attemptIds: string[]): Promise<Map<string, Settlement>> {
    const files = new Set(attemptIds.flatMap((id) => this.segmentOf.get(id)?.path ?? []));
    const words = await lastWordsOf(new Set(attemptIds), [...files], this.disk);
    for (const id of attemptIds) {
      const ending = this.unwritten.get(id);
      if (ending) words.set(id, ending);
    }
    return words;
  }

  /** The ledger has these attempts; a segment is deleted with its last one. What cannot be written is only asked again. */
  recorded(attemptIds: string[]): void {
    const known = attemptIds.filter((id) => this.segmentOf.has(id));
    for (const id of known) {
      const segment = this.segmentOf.get(id);
      this.segmentOf.delete(id);
      this.open.delete(id);
      this.unheld.delete(id);
      this.unwritten.delete(id);
      if (segment) this.release(segment, id);
    }
    if (known.length > 0) this.append(`A ${known.join(' ')}\n`, { urgent: false }).catch(() => undefined);
  }

  /** Files of others, of which everything stands here too. */
  discard(files: string[]): void {
    for (const file of files) this.disk.remove(file);
  }

  async close(): Promise<void> {
    await this.append('', { urgent: true });
    this.segment.file.close();
    if (this.segment.open.size === 0) this.disk.remove(this.segment.path);
  }

  private track(attemptId: string): void {
    this.segment.open.add(attemptId);
    this.segmentOf.set(attemptId, this.segment);
  }

  private append(
    text: string,
    { urgent, attempt = null, leaves = [] }: { urgent: boolean; attempt?: string | null; leaves?: Segment[] },
  ): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ text, attempt, leaves, done, failed });
      this.urgent ||= urgent;
      if (this.writing) return;
      if (urgent) void this.flush();
      else this.timer ??= setTimeout(() => void this.flush(), patienceMs);
    });
  }

  /** Group commit: what arrives while one write is under way goes with the next. */
  private async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.writing) return;
    this.writing = true;
    do {
      const batch = this.waiting;
      this.waiting = [];
      this.urgent = false;
      try {
        const bytes = this.encoded(batch);
        await this.segment.file.write(bytes);
        this.segment.bytes += bytes.length;
        for (const one of batch) this.written(one);
      } catch (error) {
        for (const one of batch) one.failed(error);
      }
      if (this.segment.bytes > segmentBytesMax) this.rotate();
    } while (this.urgent);
    this.writing = false;
    if (this.waiting.length > 0) this.timer = setTimeout(() => void this.flush(), patienceMs);
  }

  /** The lines one after the other, where they fit in the scratch space; then valid until the next call. */
  private encoded(batch: { text: string }[]): Buffer {
    const bytesMax = batch.reduce((sum, { text }) => sum + text.length * utf8BytesMax, 0);
    if (bytesMax > this.scratch.length) return Buffer.from(batch.map(({ text }) => text).join(''));
    let at = 0;
    for (const { text } of batch) at += this.scratch.write(text, at);
    return this.scratch.subarray(0, at);
  }

  private written({ attempt, leaves, done }: Waiting): void {
    if (attempt !== null)
      for (const segment of leaves) if (segment !== this.segmentOf.get(attempt)) this.release(segment, attempt);
    done();
  }

  private rotate(): void {
    this.segment.file.close();
    if (this.segment.open.size === 0) this.disk.remove(this.segment.path);
    else this.old.push(this.segment);
    const full = this.segment;
    this.segment = this.openSegment();
    for (const { attempt, leaves } of this.waiting) {
      if (attempt === null || this.segmentOf.get(attempt) !== full) continue;
      leaves.push(full);
      this.track(attempt);
    }
  }

  private release(segment: Segment, attemptId: string): void {
    if (!segment.open.delete(attemptId)) return;
    if (segment === this.segment || segment.open.size > 0) return;
    this.old.splice(this.old.indexOf(segment), 1);
    this.disk.remove(segment.path);
  }

  private openSegment(): Segment {
    const path = join(this.directory, `${process.pid}-${Date.now()}-${this.number++}.journal`);
    return { path, file: this.disk.create(path), bytes: 0, open: new Set() };
  }
}

/** The record is a line's end and stays as it is: quoting JSON once more would cost more than all the rest of the line. */
function spell({ holdId, costNanoUsd, envelopes, record }: Settlement): string {
  if (record.includes('\n')) throw new Error(`The record of ${holdId} is not one line.`);
  return `${JSON.stringify({ holdId, costNanoUsd: costNanoUsd.toString(), envelopes })}\t${record}`;
}
