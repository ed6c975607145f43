/**
 * Reads a Messages stream in passing. Its usage comes in two places, the input with `message_start`, the output with
 * `message_delta`; neither has to be asked for, so nothing is ever taken out.
 */
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import { EventTap } from '../event-tap.js';
import { scanTopLevel } from '../json-top-level.js';
import { isObject, type JsonObject, parseObject, textOf } from '../json-value.js';
import type { StreamTap, TapOptions } from '../protocol.js';
import type { EventVerdict } from '../relayed-events.js';
import { spliceJson } from '../splice-json.js';
import { readSseEvent, type SseEvent } from '../sse.js';
import { missingUsage } from '../usage/count.js';
import { mergeAnthropicUsage, readAnthropicUsage } from '../usage/read-anthropic-usage.js';
import { servedTermsOf } from '../usage/served-terms.js';
import { saysError } from './read-answer.js';

/** Deltas of content are most of a stream and say nothing about money: they are known by these bytes and not parsed. */
const contentDelta = Buffer.from('event: content_block_delta');

const usageName: ReadonlySet<string> = new Set(['usage']);
const costName: ReadonlySet<string> = new Set(['cost']);

export class AnthropicMessagesTap extends EventTap implements StreamTap {
  usage: Usage = missingUsage;
  servedModel: string | null = null;
  servedTier: Tier | null = null;
  servedRegion: string | null = null;
  finishReason: string | null = null;
  isError = false;
  private rawUsage: unknown = null;
  private stopped = false;

  constructor(private readonly options: TapOptions) {
    super(options.costText !== undefined);
  }

  get complete(): boolean {
    return !this.isError && this.stopped && this.finishReason !== null;
  }

  protected override readEvent(bytes: Buffer, first: boolean, committed: boolean): EventVerdict {
    if (bytes.subarray(0, contentDelta.length).equals(contentDelta)) return 'keep';
    const event = readSseEvent(bytes, first);
    if (event.event === 'error') this.isError = true;
    const message = event.data === null ? null : parseObject(event.data);
    if (!message) return 'keep';
    if (saysError(message)) this.isError = true;
    if (message.type === 'message_start' && isObject(message.message)) this.start(message.message);
    if (message.type === 'message_stop') this.stopped = true;
    if (message.type !== 'message_delta') return 'keep';
    this.absorb(message);
    return committed ? 'keep' : this.costed(bytes, event);
  }

  private start(message: JsonObject): void {
    this.servedModel = textOf(message.model);
    this.rawUsage = message.usage ?? null;
    this.servedOn(message.usage);
  }

  /** Only now is the usage whole: what `message_start` said of the output is a first guess. */
  private absorb(message: JsonObject): void {
    const delta = isObject(message.delta) ? message.delta : {};
    this.finishReason = textOf(delta.stop_reason) ?? this.finishReason;
    if (!isObject(message.usage)) return;
    this.rawUsage = mergeAnthropicUsage(this.rawUsage, message.usage);
    this.usage = readAnthropicUsage(this.rawUsage);
    this.servedOn(message.usage);
  }

  private servedOn(usage: unknown): void {
    const { tier, region } = servedTermsOf(usage);
    this.servedTier = tier ?? this.servedTier;
    this.servedRegion = region ?? this.servedRegion;
  }

  private costed(bytes: Buffer, event: SseEvent): EventVerdict {
    const { costText } = this.options;
    if (!costText || this.usage.basis !== 'reported' || event.dataStart < 0) return 'keep';
    const usage = scanTopLevel(bytes, usageName, event.dataStart, event.dataEnd)?.members.get('usage');
    const inside = usage && scanTopLevel(bytes, costName, usage.valueStart, usage.valueEnd);
    if (!inside || inside.members.has('cost')) return 'keep';
    const cost = costText(this);
    return cost === null ? 'keep' : spliceJson(bytes, inside, [{ name: 'cost', value: cost }]);
  }
}
