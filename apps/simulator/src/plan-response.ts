/**
 * A response as a plan: head, then steps that are pulled one at a time while they are played. A fault is a change of
 * the plan (misbehave.ts); nothing here touches a socket.
 */
import { tokensOfAnswer, type Completion } from './compose-completion.js';
import type { Model } from './config.js';
import type { Billing } from './fault.js';
import type { WireError } from './wire-error.js';

export type Part = 'role' | 'content' | 'finish' | 'usage' | 'done' | 'body' | 'noise';

export type Step =
  /** `generated`: completion tokens the model has produced once these bytes are handed over. */
  | { act: 'write'; bytes: string | Buffer; part: Part; generated?: number }
  | { act: 'wait'; ms: number }
  /** Sends the head before there is a body. */
  | { act: 'flush' }
  /** Until the client or the simulator leaves. */
  | { act: 'hang' }
  | { act: 'reset' }
  /** FIN in the middle of the body. */
  | { act: 'half_close' }
  /** Bytes on the connection after the response has ended. */
  | { act: 'spill'; bytes: string };

/** How a wire format spells what a fault puts in the place of a good answer. */
export interface FaultSpelling {
  /** The body of an error. */
  error(error: WireError): string;
  /** The same, as a whole event of a stream. */
  errorEvent(error: WireError): string;
  /** An error as an answer's last words, after which the stream ends as if all were well; absent: as `errorEvent`. */
  errorAsData?(error: WireError): string;
  /** A whole event that means nothing, with `padding` in it. */
  idleEvent(padding: string): string;
  /** One event's text, cut in the middle of its JSON. */
  brokenEvent: string;
  /** The bytes of a step that carries usage, changed. Empty: the whole step goes. */
  withoutUsage(text: string): string;
  withUsageTwice(text: string): string;
  withFalseUsage(text: string): string;
}

export interface Plan {
  spelling: FaultSpelling;
  status: number;
  headers: Record<string, string | number>;
  steps: Iterable<Step>;
  stream: boolean;
  billing: Billing;
  /** What the venue calls it when the client stays to the end of the plan. */
  outcome: 'completed' | 'failed';
  /** What the steps' text is on the wire, where that is not the text itself. */
  encode?: (text: string | Buffer) => Buffer;
  /** Every byte is a write of its own, this far apart. */
  byteByByteMs?: number;
}

export function planError(error: WireError, spelling: FaultSpelling): Plan {
  const body = spelling.error(error);
  return {
    spelling,
    status: error.status,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    steps: [{ act: 'write', bytes: body, part: 'body' }],
    stream: false,
    billing: 'none',
    outcome: 'failed',
  };
}

/** A good answer in one piece, after the time a model takes for it. */
export function planBody(body: string, completion: Completion, model: Model, spelling: FaultSpelling): Plan {
  const { firstByte, perChunk } = model.latencyMs;
  const chunks = Math.ceil(tokensOfAnswer(completion.answer) / model.tokensPerChunk);
  const waitMs = firstByte + perChunk * chunks;
  const write: Step = { act: 'write', bytes: body, part: 'body', generated: completion.counts.completionTokens };
  return {
    spelling,
    status: 200,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    steps: waitMs > 0 ? [{ act: 'wait', ms: waitMs }, write] : [write],
    stream: false,
    billing: 'full',
    outcome: 'completed',
  };
}

export function planEvents(steps: Iterable<Step>, spelling: FaultSpelling): Plan {
  return {
    spelling,
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    steps,
    stream: true,
    billing: 'full',
    outcome: 'completed',
  };
}
