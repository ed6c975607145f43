/**
 * Reads a chat completions stream in passing and relays it. Only events that can say something new are parsed, and
 * only events that must change are touched.
 */
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import { EventTap } from '../event-tap.js';
import type { StreamTap, TapOptions } from '../protocol.js';
import type { EventVerdict } from '../relayed-events.js';
import { readSseEvent } from '../sse.js';
import { hasError, hasFinish, hasModel, hasNullUsage, hasUsage, inspectEvent } from './inspect-event.js';
import { parseObject, textOf, isObject, type JsonObject } from '../json-value.js';
import { choicesOf, firstChoice, saysError, tierServed } from './read-answer.js';
import { countsBothSides, missingUsage, readUsage, usageIn } from './read-usage.js';
import { nullUsageCut, withCost } from './rewrite-event.js';

const done = Buffer.from('[DONE]');
/** The end's event is short, so the long ones need not be searched for it. */
const doneMaxBytes = 64;

export class OpenAiChatTap extends EventTap implements StreamTap {
  usage: Usage = missingUsage;
  servedModel: string | null = null;
  servedTier: Tier | null = null;
  readonly servedRegion = null;
  finishReason: string | null = null;
  isError = false;
  private doneSeen = false;
  private readonly finished = new Set<unknown>();

  constructor(private readonly options: TapOptions) {
    super(options.strip || options.costText !== undefined);
  }

  get complete(): boolean {
    return !this.isError && (this.doneSeen || this.finished.size >= Math.max(1, this.options.choices));
  }

  protected override readEvent(bytes: Buffer, first: boolean, committed: boolean): EventVerdict {
    const found = inspectEvent(bytes);
    const plain = bytes[0] === 0x64 || bytes[0] === 0x3a; // "data: …" or a comment; anything else may name a type
    if (bytes.length <= doneMaxBytes && bytes.includes(done))
      this.doneSeen ||= readSseEvent(bytes, first).data?.trim() === '[DONE]';
    const telling = hasUsage | hasFinish | hasError | (this.servedModel === null ? hasModel : 0);
    if (plain && (found & telling) === 0) return this.stripped(bytes, found, committed);
    const event = readSseEvent(bytes, first);
    if (event.event === 'error') this.isError = true;
    const message = event.data === null ? null : parseObject(event.data);
    if (!message) return 'keep';
    const counted = this.absorb(message);
    if (this.options.strip) return counted && usageOnly(message) ? 'drop' : this.stripped(bytes, found, committed);
    return counted && !committed ? this.costed(bytes, message) : 'keep';
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

  private stripped(bytes: Buffer, found: number, committed: boolean): EventVerdict {
    if (!this.options.strip || committed || (found & hasNullUsage) === 0) return 'keep';
    return nullUsageCut(bytes) ?? 'keep';
  }

  /** A usage beside an unfinished choice is a running count, whose cost would mislead. */
  private costed(bytes: Buffer, message: JsonObject): EventVerdict {
    const { costText } = this.options;
    if (!costText || this.usage.basis !== 'reported' || !isObject(message.usage)) return 'keep';
    if (!choicesOf(message).every((choice) => textOf(choice.finish_reason) !== null)) return 'keep';
    const cost = costText(this);
    return cost === null ? 'keep' : withCost(bytes, cost);
  }
}

/** The extra event a venue sends only because it was asked for usage. */
function usageOnly(message: JsonObject): boolean {
  return Array.isArray(message.choices) && message.choices.length === 0 && !saysError(message);
}
