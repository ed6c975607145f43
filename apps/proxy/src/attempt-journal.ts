/**
 * The proxy's own memory of money: before a request is sent, the settlement it would end with if this process died
 * (its ceiling, estimated) is on disk; when it ends, so is its real ending, until the desk has taken it. Writes of
 * many calls share one synced write. After a crash, whatever was left is settled again; the desk ignores what it has.
 */
import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, rmSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Settlement } from '#contracts/envelope-desk.js';

const writeSome = promisify(write);
/** A write to such a file returns when its bytes are on disk: one trip to the thread pool, where write and sync are two. */
const newSynced = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;
const segmentBytesMax = 16 * 1024 * 1024;

interface Segment {
  path: string;
  file: number;
  bytes: number;
  /** Attempts whose last word is here and that the desk has not taken. */
  open: Set<string>;
}

export class AttemptJournal {
  private segment: Segment;
  private readonly old: Segment[] = [];
  private readonly segmentOf = new Map<string, Segment>();
  private waiting: { text: string; done: () => void; failed: (error: unknown) => void }[] = [];
  private writing = false;
  private number = 0;

  /** Requires a directory no other living proxy uses. Throws when it cannot be written. */
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true });
    this.segment = this.openSegment();
  }

  /** Resolves when the intent is on disk; only then may the request be sent. Rejects when it cannot be written. */
  intent(ifLost: Settlement): Promise<void> {
    this.track(ifLost.holdId);
    return this.append(`I ${spell(ifLost)}\n`);
  }

  /** Resolves when the ending is on disk. */
  ending(settlement: Settlement): Promise<void> {
    const intended = this.segmentOf.get(settlement.holdId);
    this.track(settlement.holdId);
    if (intended && intended !== this.segment) this.release(intended, settlement.holdId);
    return this.append(`E ${spell(settlement)}\n`);
  }

  /** The desk has taken this attempt; its segment is deleted with its last one. */
  taken(attemptId: string): void {
    const segment = this.segmentOf.get(attemptId);
    this.segmentOf.delete(attemptId);
    if (segment) this.release(segment, attemptId);
  }

  async close(): Promise<void> {
    await this.append('');
    closeSync(this.segment.file);
    if (this.segment.open.size === 0) rmSync(this.segment.path, { force: true });
  }

  private track(attemptId: string): void {
    this.segment.open.add(attemptId);
    this.segmentOf.set(attemptId, this.segment);
  }

  private append(text: string): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ text, done, failed });
      if (!this.writing) void this.flush();
    });
  }

  /** Group commit: what arrives while one write is under way goes with the next. */
  private async flush(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      const bytes = Buffer.from(batch.map((one) => one.text).join(''));
      try {
        await writeAll(this.segment.file, bytes);
        this.segment.bytes += bytes.length;
        for (const one of batch) one.done();
      } catch (error) {
        for (const one of batch) one.failed(error);
      }
      if (this.segment.bytes > segmentBytesMax) this.rotate();
    }
    this.writing = false;
  }

  private rotate(): void {
    closeSync(this.segment.file);
    if (this.segment.open.size === 0) rmSync(this.segment.path, { force: true });
    else this.old.push(this.segment);
    this.segment = this.openSegment();
  }

  private release(segment: Segment, attemptId: string): void {
    segment.open.delete(attemptId);
    if (segment === this.segment || segment.open.size > 0) return;
    this.old.splice(this.old.indexOf(segment), 1);
    rmSync(segment.path, { force: true });
  }

  private openSegment(): Segment {
    const path = join(this.directory, `${process.pid}-${Date.now()}-${this.number++}.journal`);
    return { path, file: openSync(path, newSynced), bytes: 0, open: new Set() };
  }
}

/**
 * What processes that are gone left in the directory: per attempt its ending, or the one it should get if it never
 * came. Files of a living process (the name starts with its id) are its own. The last line of a file may be cut by the crash; it was then never acknowledged to anyone, and is skipped.
 */
export function leftBehind(directory: string): { settlements: Settlement[]; files: string[] } {
  mkdirSync(directory, { recursive: true });
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.journal') && !lives(Number(name.split('-')[0])))
    .map((name) => join(directory, name));
  const last = new Map<string, Settlement>();
  const ended = new Set<string>();
  for (const file of files) {
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
      const settlement = unspell(line.slice(2));
      if (line.startsWith('I ') && ended.has(settlement.holdId)) continue;
      if (line.startsWith('E ')) ended.add(settlement.holdId);
      last.set(settlement.holdId, settlement);
    }
  }
  return { settlements: [...last.values()], files };
}

/** The record is a line's end and stays as it is: quoting JSON once more would cost more than all the rest of the line. */
function spell({ holdId, costNanoUsd, envelopes, record }: Settlement): string {
  if (record.includes('\n')) throw new Error(`The record of ${holdId} is not one line.`);
  return `${JSON.stringify({ holdId, costNanoUsd: costNanoUsd.toString(), envelopes })}\t${record}`;
}

/** JSON holds no tab but a quoted one, so the first tab is ours. */
function unspell(text: string): Settlement {
  const tab = text.indexOf('\t');
  const raw = JSON.parse(text.slice(0, tab)) as Omit<Settlement, 'costNanoUsd' | 'record'> & { costNanoUsd: string };
  return { ...raw, costNanoUsd: BigInt(raw.costNanoUsd), record: text.slice(tab + 1) };
}

/** The system may take less than it was given, without an error. */
async function writeAll(file: number, bytes: Buffer): Promise<void> {
  for (let from = 0; from < bytes.length;) from += (await writeSome(file, bytes, from)).bytesWritten;
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
