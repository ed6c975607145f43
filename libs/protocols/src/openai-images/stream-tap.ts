/** Reads a stream of pictures in passing: sketches first, and the finished one with its usage last. */
import type { Usage } from '#contracts/usage.js';
import { EventTap } from '../event-tap.js';
import { parseObject } from '../json-value.js';
import { saysError } from '../openai-chat/read-answer.js';
import type { StreamTap } from '../protocol.js';
import type { EventVerdict } from '../relayed-events.js';
import { readSseEvent } from '../sse.js';
import { missingUsage, quarantined } from '../usage/count.js';
import { readImagesUsage } from '../usage/read-media-usage.js';

/** A finished picture stands in the event that carries its usage. */
const eventReadMaxBytes = 16 * 1024 * 1024;
const completed = /^image_(generation|edit)\.completed$/;
const telling = [Buffer.from('.completed"'), Buffer.from('"error"')];

export class OpenAiImagesTap extends EventTap implements StreamTap {
  usage: Usage = missingUsage;
  readonly servedModel = null;
  readonly servedTier = null;
  readonly servedRegion = null;
  readonly finishReason = null;
  isError = false;
  complete = false;

  constructor() {
    super(false, eventReadMaxBytes);
  }

  protected override readEvent(bytes: Buffer, first: boolean): EventVerdict {
    if (!telling.some((key) => bytes.includes(key)) && !bytes.includes('event: error')) return 'keep';
    const event = readSseEvent(bytes, first);
    const message = event.data === null ? null : parseObject(event.data);
    if (event.event === 'error' || (message && saysError(message))) this.isError = true;
    if (this.isError) this.complete = false;
    else if (message && completed.test(String(message.type))) {
      // Of several pictures nobody documents whether the last usage counts them all.
      this.usage = this.complete ? quarantined(message.usage) : readImagesUsage(message.usage, [message]);
      this.complete = true;
    }
    return 'keep';
  }
}
