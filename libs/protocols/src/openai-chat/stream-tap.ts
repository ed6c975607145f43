/**
 * Reads a chat completions stream in passing and relays it. Only events that can say something new are parsed, and
 * only events that must change are touched.
 */
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import type { StreamTap, TapOptions } from '../protocol.js';
import { readSseEvent, SseBoundaries, sseEventReadMaxBytes } from '../sse.js';
import { hasError, hasFinish, hasModel, hasNullUsage, hasUsage, inspectEvent } from './inspect-event.js';
import { parseObject, textOf, isObject, type JsonObject } from './json-value.js';
import { choicesOf, firstChoice, saysError, tierServed } from './read-answer.js';
import { countsBothSides, missingUsage, readUsage, usageIn } from './read-usage.js';
import { nullUsageCut, withCost } from './rewrite-event.js';

/** An incomplete event is held back up to here; beyond, it passes as it is. */
const heldMaxBytes = 64 * 1024;

const done = Buffer.from('[DONE]');
/** The end's event is short, so the long ones need not be searched for it. */
const doneMaxBytes = 64;

/** What becomes of an event: relayed as it is, left out, relayed without the bytes [start, end), or replaced. */
type Verdict = 'keep' | 'drop' | { start: number; end: number } | Buffer;

export class OpenAiChatTap implements StreamTap {
  usage: Usage = missingUsage;
  servedModel: string | null = null;
  servedTier: Tier | null = null;
  finishReason: string | null = null;
  isError = false;
  private doneSeen = false;
  private readonly finished = new Set<unknown>();

  private readonly boundaries = new SseBoundaries();
  private readonly rewrites: boolean;
  private firstEvent = true;
  /** The current event's earlier bytes; dropped where it grows too large to read. */
  private carry: Buffer[] = [];
  private carryBytes = 0;
  /** The current event's earlier bytes are relayed already, so it can only pass as it is. */
  private committed: boolean;

  constructor(private readonly options: TapOptions) {
    this.rewrites = options.strip || options.costText !== undefined;
    this.committed = !this.rewrites;
  }

  get complete(): boolean {
    return !this.isError && (this.doneSeen || this.finished.size >= Math.max(1, this.options.choices));
  }

  get heldBytes(): number {
    return this.committed ? 0 : this.carryBytes;
  }

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
      const verdict = event ? this.readEvent(event) : 'keep';
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

  /** The current event's bytes, or null where they are more than are ever read. */
  private eventUpTo(chunk: Buffer, from: number, end: number): Buffer | null {
    const bytes = chunk.subarray(from, end);
    if (this.carryBytes === 0) return bytes;
    if (this.carryBytes + bytes.length > sseEventReadMaxBytes) return null;
    this.carry.push(bytes);
    return Buffer.concat(this.carry);
  }

  /** Keeps the incomplete event behind `from`; returns up to where the chunk may be relayed. */
  private holdRest(chunk: Buffer, from: number, parts: Buffer[]): number {
    if (from === chunk.length) return chunk.length;
    this.carryBytes += chunk.length - from;
    const commits = !this.committed && this.carryBytes > heldMaxBytes;
    if (commits) parts.push(...this.carry);
    if (this.carryBytes > sseEventReadMaxBytes) this.carry = [];
    else this.carry.push(chunk.subarray(from));
    this.committed ||= commits;
    return this.committed ? chunk.length : from;
  }

  /** Takes note of what the event says, and decides what becomes of it. */
  private readEvent(bytes: Buffer): Verdict {
    const first = this.firstEvent;
    this.firstEvent = false;
    const found = inspectEvent(bytes);
    const plain = bytes[0] === 0x64 || bytes[0] === 0x3a; // "data: …" or a comment; anything else may name a type
    if (bytes.length <= doneMaxBytes && bytes.includes(done))
      this.doneSeen ||= readSseEvent(bytes, first).data?.trim() === '[DONE]';
    const telling = hasUsage | hasFinish | hasError | (this.servedModel === null ? hasModel : 0);
    if (plain && (found & telling) === 0) return this.stripped(bytes, found);
    const event = readSseEvent(bytes, first);
    if (event.event === 'error') this.isError = true;
    const message = event.data === null ? null : parseObject(event.data);
    if (!message) return 'keep';
    const counted = this.absorb(message);
    if (this.options.strip) return counted && usageOnly(message) ? 'drop' : this.stripped(bytes, found);
    return counted ? this.costed(bytes, message) : 'keep';
  }

  /** Returns whether the message carries the usage that now counts. */
  private absorb(message: JsonObject): boolean {
    if (saysError(message)) this.isError = true;
    const raw = usageIn(message);
    const counted = isObject(raw) && (countsBothSides(raw) || this.usage.basis === 'missing');
    if (counted) this.usage = readUsage(raw);
    if (this.servedModel === null || counted) this.servedModel = textOf(message.model) ?? this.servedModel;
    this.servedTier = tierServed(message.service_tier) ?? this.servedTier;
    for (const choice of choicesOf(message)) {
      const reason = textOf(choice.finish_reason);
      if (reason === null) continue;
      if (reason === 'error') this.isError = true;
      this.finished.add(choice.index ?? 0);
      if (choice === firstChoice(message)) this.finishReason = reason;
    }
    return counted;
  }

  private stripped(bytes: Buffer, found: number): Verdict {
    if (!this.options.strip || this.committed || (found & hasNullUsage) === 0) return 'keep';
    return nullUsageCut(bytes) ?? 'keep';
  }

  /** A usage beside an unfinished choice is a running count, whose cost would mislead. */
  private costed(bytes: Buffer, message: JsonObject): Verdict {
    const { costText } = this.options;
    if (!costText || this.committed || this.usage.basis !== 'reported' || !isObject(message.usage)) return 'keep';
    if (!choicesOf(message).every((choice) => textOf(choice.finish_reason) !== null)) return 'keep';
    const cost = costText(this.usage, this.servedModel, this.servedTier);
    return cost === null ? 'keep' : withCost(bytes, cost);
  }
}

/** The extra event a venue sends only because it was asked for usage. */
function usageOnly(message: JsonObject): boolean {
  return Array.isArray(message.choices) && message.choices.length === 0 && !saysError(message);
}

function addKept(parts: Buffer[], event: Buffer, verdict: Verdict): void {
  if (verdict === 'drop') return;
  if (verdict === 'keep') parts.push(event);
  else if (Buffer.isBuffer(verdict)) parts.push(verdict);
  else parts.push(event.subarray(0, verdict.start), event.subarray(verdict.end));
}
