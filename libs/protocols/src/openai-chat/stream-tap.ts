/**
 * Reads a chat completions stream in passing. Most events are never parsed: a native search for the few keys
 * that matter says whether to look. In a JSON string the quotes of such a key would be escaped, so a match can
 * be a string value, which parsing settles, but a key cannot be missed unless the venue escapes its letters.
 */
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import type { StreamTap, TapOptions } from '../protocol.js';
import { readSseEvent, SseBoundaries, sseEventReadMaxBytes, type SseEvent } from '../sse.js';
import { parseObject, textOf, isObject, type JsonObject } from './json-value.js';
import { choicesOf, firstChoice, saysError, tierServed } from './read-answer.js';
import { countsBothSides, missingUsage, readUsage, usageIn } from './read-usage.js';
import { withCost, withoutNullUsage } from './rewrite-event.js';

/** An incomplete event is held back up to here; beyond, it passes as it is. */
const heldMaxBytes = 64 * 1024;

const keys = {
  usage: Buffer.from('"usage"'),
  finish: Buffer.from('"finish_reason"'),
  error: Buffer.from('"error"'),
  model: Buffer.from('"model"'),
};
const done = Buffer.from('[DONE]');
/** The end's event is short, so the long ones need not be searched for it. */
const doneMaxBytes = 64;
const nothing = Buffer.alloc(0);

type Found = 'absent' | 'null' | 'value';

/** What stands behind the key, as far as one byte tells: `null` where every occurrence has a null. */
function behindKey(bytes: Buffer, key: Buffer): Found {
  let found: Found = 'absent';
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at)) {
    at += key.length;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
    if (bytes[at] !== 0x3a) continue;
    at++;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
    if (bytes[at] !== 0x6e) return 'value';
    found = 'null';
  }
  return found;
}

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
      const kept = event && this.readEvent(event);
      if (!this.committed && (spans || kept !== event)) {
        if (from > relayed) parts.push(chunk.subarray(relayed, from));
        if (kept && kept.length > 0) parts.push(kept);
        relayed = end;
      }
      this.carry = [];
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

  /** Takes note of the event and returns it, changed where it must be. Empty: the event is left out. */
  private readEvent(bytes: Buffer): Buffer {
    const first = this.firstEvent;
    this.firstEvent = false;
    const usage = behindKey(bytes, keys.usage);
    const parses =
      usage === 'value' ||
      behindKey(bytes, keys.finish) === 'value' ||
      behindKey(bytes, keys.error) === 'value' ||
      (this.servedModel === null && bytes.includes(keys.model));
    if (bytes.length <= doneMaxBytes && bytes.includes(done)) this.doneSeen ||= readSseEvent(bytes, first).data?.trim() === '[DONE]';
    const plain = bytes[0] === 0x64 || bytes[0] === 0x3a; // "data: …" or a comment; anything else may name a type
    if (!parses && plain) return this.options.strip && usage === 'null' ? this.strip(bytes, first) : bytes;
    const event = readSseEvent(bytes, first);
    if (event.event === 'error') this.isError = true;
    const message = event.data === null ? null : parseObject(event.data);
    if (!message) return bytes;
    const counted = this.absorb(message);
    return this.committed ? bytes : this.rewrite(bytes, event, message, counted);
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

  private rewrite(bytes: Buffer, event: SseEvent, message: JsonObject, counted: boolean): Buffer {
    if (this.options.strip) {
      const usageOnly = counted && Array.isArray(message.choices) && message.choices.length === 0 && !saysError(message);
      if (usageOnly) return nothing;
      return message.usage === null ? withoutNullUsage(bytes, event) : bytes;
    }
    const last = choicesOf(message).every((choice) => textOf(choice.finish_reason) !== null);
    if (!counted || !last || !isObject(message.usage) || this.usage.basis !== 'reported') return bytes;
    const cost = this.options.costText?.(this.usage, this.servedModel, this.servedTier) ?? null;
    return cost === null ? bytes : withCost(bytes, event, cost);
  }

  private strip(bytes: Buffer, first: boolean): Buffer {
    return this.committed ? bytes : withoutNullUsage(bytes, readSseEvent(bytes, first));
  }
}
