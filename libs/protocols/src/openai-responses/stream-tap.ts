/**
 * Reads a Responses stream in passing: its first event names the answer, its last one is the whole of it with its usage.
 * Nothing has to be asked for, so nothing is ever taken out.
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
import { isEnd } from './answer-items.js';
import { readResponse, saysError } from './read-answer.js';

/** As keys; inside a text their quotes are escaped, so the deltas, most of a stream, are not parsed. */
const telling = [Buffer.from('"response"'), Buffer.from('"error"')];

const responseName: ReadonlySet<string> = new Set(['response']);
const usageName: ReadonlySet<string> = new Set(['usage']);
const costName: ReadonlySet<string> = new Set(['cost']);

export class OpenAiResponsesTap extends EventTap implements StreamTap {
  usage: Usage = missingUsage;
  servedModel: string | null = null;
  servedTier: Tier | null = null;
  readonly servedRegion = null; // said in a header, where it is said
  answerId: string | null = null;
  finishReason: string | null = null;
  isError = false;
  private ended = false;

  constructor(private readonly options: TapOptions) {
    super(options.costText !== undefined);
  }

  get complete(): boolean {
    return !this.isError && this.ended;
  }

  protected override readEvent(bytes: Buffer, first: boolean, committed: boolean): EventVerdict {
    if (!telling.some((key) => bytes.includes(key)) && !bytes.includes('event: error')) return 'keep';
    const event = readSseEvent(bytes, first);
    if (event.event === 'error') this.isError = true;
    const message = event.data === null ? null : parseObject(event.data);
    if (!message) return 'keep';
    if (saysError(message)) this.isError = true;
    if (!isObject(message.response)) return 'keep';
    this.servedModel = textOf(message.response.model) ?? this.servedModel;
    this.answerId ??= textOf(message.response.id);
    if (!isEnd(message)) return 'keep';
    this.absorb(message.response);
    return committed ? 'keep' : this.costed(bytes, event);
  }

  private absorb(response: JsonObject): void {
    const { usage, servedTier, finishReason, complete, isError } = readResponse(response);
    this.usage = usage;
    this.servedTier = servedTier;
    this.finishReason = finishReason;
    this.isError ||= isError;
    this.ended = complete;
  }

  private costed(bytes: Buffer, event: SseEvent): EventVerdict {
    const { costText } = this.options;
    if (!costText || this.usage.basis !== 'reported' || event.dataStart < 0) return 'keep';
    const response = scanTopLevel(bytes, responseName, event.dataStart, event.dataEnd)?.members.get('response');
    const usage =
      response && scanTopLevel(bytes, usageName, response.valueStart, response.valueEnd)?.members.get('usage');
    const inside = usage && scanTopLevel(bytes, costName, usage.valueStart, usage.valueEnd);
    if (!inside || inside.members.has('cost')) return 'keep';
    const cost = costText(this);
    return cost === null ? 'keep' : spliceJson(bytes, inside, [{ name: 'cost', value: cost }]);
  }
}
