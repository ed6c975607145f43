/**
 * Reads what the venue itself says of an answer, from its own bytes: usage, model, tier. The AI SDK reads the same bytes
 * for the words; what it says of usage is never the bill.
 */
import { EventStreamCodec } from '@smithy/eventstream-codec';
import type { Tier } from '#contracts/price.js';
import type { Usage } from '#contracts/usage.js';
import type { VenueProtocol } from '#contracts/venue.js';
import { isObject, parseObject, textOf, type JsonObject } from '#protocols/json-value.js';
import { protocolNamed } from '#protocols/registry.js';
import { RelayedEvents } from '#protocols/relayed-events.js';
import { readSseEvent } from '#protocols/sse.js';
import { missingUsage } from '#protocols/usage/count.js';
import { readBedrockUsage } from '#protocols/usage/read-bedrock-usage.js';
import { groundingSearchesIn, readGeminiUsage } from '#protocols/usage/read-gemini-usage.js';
import { servedTermsOf } from '#protocols/usage/served-terms.js';

export interface RawServed {
  usage: Usage;
  servedModel: string | null;
  servedTier: Tier | null;
  /** The venue came to its end, as opposed to stopping. */
  complete: boolean;
  /** In the venue's words, where it says within its answer that it failed. */
  failure: string | null;
}

/** Takes an answer's bytes as they come. `served` may be asked at any time; it is whole when the answer is. */
export interface RawAnswer {
  push(chunk: Buffer): void;
  /** Nothing follows: a line whose end could have had a second half has none. */
  end(): void;
  served(): RawServed;
}

export const nothingServed: RawServed = {
  usage: missingUsage,
  servedModel: null,
  servedTier: null,
  complete: false,
  failure: null,
};

export function rawAnswer(protocol: VenueProtocol, stream: boolean): RawAnswer {
  if (protocol === 'gemini-generate') return stream ? new GeminiStream() : new WholeAnswer(geminiServed);
  if (protocol === 'bedrock-converse') return stream ? new BedrockStream() : new WholeAnswer(bedrockServed);
  const { readAnswer, tapStream } = protocolNamed(protocol);
  if (!stream) return new WholeAnswer((_, body) => ({ ...readAnswer(body), failure: null }));
  const tap = tapStream({ strip: false, choices: 1 });
  return {
    push: (chunk) => void tap.push(chunk),
    end: () => void tap.end(),
    served: () => {
      const { usage, servedModel, servedTier, complete } = tap;
      return { usage, servedModel, servedTier, complete, failure: null };
    },
  };
}

const bytesMax = 32 * 1024 * 1024;

/** An answer in one piece. */
export class WholeAnswer implements RawAnswer {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly reads: (answer: JsonObject, body: Buffer) => RawServed) {}

  push(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes <= bytesMax) this.chunks.push(chunk);
  }

  end(): void {}

  served(): RawServed {
    if (this.bytes > bytesMax) return nothingServed;
    const body = Buffer.concat(this.chunks);
    const answer = parseObject(body.toString('utf8'));
    return answer ? this.reads(answer, body) : nothingServed;
  }
}

function isFinished({ candidates, promptFeedback }: JsonObject): boolean {
  const given = Array.isArray(candidates) ? candidates.filter(isObject) : [];
  if (given.length > 0) return given.some(({ finishReason }) => textOf(finishReason) !== null);
  return isObject(promptFeedback) && textOf(promptFeedback.blockReason) !== null;
}

function geminiServed(answer: JsonObject): RawServed {
  const usage = isObject(answer.usageMetadata) ? answer.usageMetadata : undefined;
  const complete = isFinished(answer);
  return {
    // Of an answer that broke off it is what was made by then, and not what will be billed.
    usage: complete ? readGeminiUsage(usage, groundingSearchesIn(answer)) : missingUsage,
    servedModel: textOf(answer.modelVersion),
    servedTier: servedTermsOf(usage, answer).tier,
    complete,
    failure: isObject(answer.error) ? (textOf(answer.error.message) ?? 'the venue failed') : null,
  };
}

/** Every event repeats the usage so far; only with the end of the answer it is the answer's. */
class GeminiStream implements RawAnswer {
  private last: JsonObject = {};
  private readonly events = new RelayedEvents(false, (bytes, first) => {
    const { data } = readSseEvent(bytes, first);
    const event = data === null ? null : parseObject(data);
    if (event) {
      const { usageMetadata, candidates, ...said } = event;
      Object.assign(this.last, said);
      if (!isFinished(this.last)) this.last.candidates = candidates ?? this.last.candidates;
      // Vertex may say how it was served in one event and what was used in another.
      if (isObject(usageMetadata) && isFinished(this.last))
        this.last.usageMetadata = { ...(this.last.usageMetadata as object | undefined), ...usageMetadata };
    }
    return 'keep';
  });

  push(chunk: Buffer): void {
    this.events.push(chunk);
  }

  end(): void {
    this.events.end();
  }

  served(): RawServed {
    return geminiServed(this.last);
  }
}

/** Bedrock does not say which model served. */
function bedrockServed(answer: JsonObject): RawServed {
  return {
    usage: readBedrockUsage(answer.usage),
    servedModel: null,
    servedTier: servedTermsOf(answer).tier,
    complete: textOf(answer.stopReason) !== null,
    failure: null,
  };
}

const framePrelude = 4;
const frameBytesMax = 16 * 1024 * 1024;
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** Frames of `application/vnd.amazon.eventstream`; the one called `metadata` counts. What does not decode says nothing. */
class BedrockStream implements RawAnswer {
  private held: Buffer = Buffer.alloc(0);
  private broken = false;
  /** `stopReason` and `usage`, each from the frame that has it. */
  private last: JsonObject = {};
  private failure: string | null = null;

  push(chunk: Buffer): void {
    if (this.broken) return;
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    while (this.held.length >= framePrelude) {
      const length = this.held.readUInt32BE(0);
      this.broken = length > frameBytesMax || length < 16;
      if (this.broken || this.held.length < length) return;
      this.read(this.held.subarray(0, length));
      this.held = this.held.subarray(length);
    }
  }

  end(): void {}

  private read(frame: Buffer): void {
    try {
      const { headers, body } = codec.decode(frame);
      const [type, failed] = [headers[':event-type']?.value, headers[':exception-type']?.value];
      if (type !== 'metadata' && type !== 'messageStop' && failed === undefined) return;
      const said = parseObject(Buffer.from(body).toString('utf8')) ?? {};
      if (failed === undefined) this.last = { ...this.last, ...said };
      else this.failure = textOf(said.message) ?? String(failed);
    } catch {
      this.broken = true;
    }
  }

  served(): RawServed {
    return { ...bedrockServed(this.last), failure: this.failure };
  }
}
