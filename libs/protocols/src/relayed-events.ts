/**
 * Cuts a relayed stream into its events and lets each be read, and where wanted left out or rewritten; what is not
 * touched leaves as the chunk it came in. Every protocol's tap is one of these with a reader of its own.
 */
import { SseBoundaries, sseEventReadMaxBytes } from './sse.js';

/** An incomplete event is held back up to here; beyond, it passes as it is. */
const heldMaxBytes = 64 * 1024;

/** What becomes of an event: relayed as it is, left out, relayed without the bytes [start, end), or replaced. */
export type EventVerdict = 'keep' | 'drop' | { start: number; end: number } | Buffer;

/** `committed`: a part of the event is relayed already, so whatever is answered, it passes as it is. */
export type EventReader = (bytes: Buffer, first: boolean, committed: boolean) => EventVerdict;

export class RelayedEvents {
  private readonly boundaries = new SseBoundaries();
  private firstEvent = true;
  /** The current event's earlier bytes; dropped where it grows too large to read. */
  private carry: Buffer[] = [];
  private carryBytes = 0;
  /** The current event's earlier bytes are relayed already, so it can only pass as it is. */
  private committed: boolean;

  /** Without `rewrites` nothing is ever held back. */
  constructor(
    private readonly rewrites: boolean,
    private readonly readEvent: EventReader,
    /** A longer event is relayed but not read. */
    private readonly readMaxBytes = sseEventReadMaxBytes,
  ) {
    this.committed = !rewrites;
  }

  /** Bytes held back now; at most 64 KiB and one chunk. */
  get heldBytes(): number {
    return this.committed ? 0 : this.carryBytes;
  }

  /** The bytes relayed so far end between two events. */
  get betweenEvents(): boolean {
    return this.carryBytes === 0 || !this.committed;
  }

  push(chunk: Buffer): Buffer | null {
    const parts: Buffer[] = [];
    let relayed = 0;
    let from = 0;
    for (let end = this.boundaries.next(chunk, 0); end >= 0; end = this.boundaries.next(chunk, from)) {
      const spans = this.carryBytes > 0;
      const event = this.eventUpTo(chunk, from, end);
      const verdict = event ? this.read(event) : 'keep';
      if (event && !this.committed && (spans || verdict !== 'keep')) {
        if (from > relayed) parts.push(chunk.subarray(relayed, from));
        addKept(parts, event, verdict);
        relayed = end;
      }
      if (spans) this.carry = [];
      this.carryBytes = 0;
      this.committed = !this.rewrites;
      from = end;
    }
    const until = this.holdRest(chunk, from, parts);
    if (parts.length === 0 && relayed === 0 && until === chunk.length) return chunk;
    if (until > relayed) parts.push(chunk.subarray(relayed, until));
    if (parts.length <= 1) return parts[0] ?? null;
    return Buffer.concat(parts);
  }

  end(): Buffer | null {
    const held = this.committed || this.carryBytes === 0 ? null : Buffer.concat(this.carry);
    this.committed = true;
    return held;
  }

  private read(event: Buffer): EventVerdict {
    const first = this.firstEvent;
    this.firstEvent = false;
    return this.readEvent(event, first, this.committed);
  }

  /** The current event's bytes, or null where they are more than are ever read. */
  private eventUpTo(chunk: Buffer, from: number, end: number): Buffer | null {
    const bytes = chunk.subarray(from, end);
    if (this.carryBytes === 0) return bytes;
    if (this.carryBytes + bytes.length > this.readMaxBytes) return null;
    this.carry.push(bytes);
    return Buffer.concat(this.carry);
  }

  /** Keeps the incomplete event behind `from`; returns up to where the chunk may be relayed. */
  private holdRest(chunk: Buffer, from: number, parts: Buffer[]): number {
    if (from === chunk.length) return chunk.length;
    this.carryBytes += chunk.length - from;
    const commits = !this.committed && this.carryBytes > heldMaxBytes;
    if (commits) parts.push(...this.carry);
    if (this.carryBytes > this.readMaxBytes) this.carry = [];
    else this.carry.push(chunk.subarray(from));
    this.committed ||= commits;
    return this.committed ? chunk.length : from;
  }
}

function addKept(parts: Buffer[], event: Buffer, verdict: EventVerdict): void {
  if (verdict === 'drop') return;
  if (verdict === 'keep') parts.push(event);
  else if (Buffer.isBuffer(verdict)) parts.push(verdict);
  else parts.push(event.subarray(0, verdict.start), event.subarray(verdict.end));
}
