/**
 * What a wire format must be able to do, and the values it speaks in. A protocol is pure: bytes in, bytes out.
 * The bytes a client sent or a venue answered are the truth; everything here reads beside them and edits a
 * closed list of fields, and nothing is ever re-serialised.
 */
import type { Tier } from '#contracts/price.js';
import type { Refusal } from '#contracts/refusal.js';
import type { Usage } from '#contracts/usage.js';
import type { Capability, ProtocolName } from '#contracts/venue.js';
import type { HostedTool } from './hosted-tools.js';
import type { TopLevel } from './json-top-level.js';

/** All that choosing, holding and mirroring need to know of a request. Read once, before anything is decided. */
export interface CallHead {
  /** As the client wrote it; for the record. */
  requestedModel: string;
  /** Without the `:flex` suffix, which is in `tier`. */
  model: string;
  /** Asked for by `:flex` or `service_tier`; `standard` when neither names one. */
  tier: Tier;
  stream: boolean;
  /** The client asked for usage in its stream. */
  includeUsage: boolean;
  /** The client asked for the cost beside that usage. */
  streamCost: boolean;
  /** Per choice; the larger where both spellings are given, null where neither is. */
  maxOutputTokens: number | null;
  /** How many answers are asked for; each may use `maxOutputTokens`. */
  choices: number;
  needs: Capability[];
  /** Tools the venue runs itself for this call. */
  hostedTools: HostedTool[];
  /** False where asking twice could act twice, or where another venue could not know what is meant. */
  replayable: boolean;
  /** No tokenizer that works on bytes can count more. For holds; a route's context window caps it further. */
  inputTokensBound: number;
  /** About what it will be. For comparing costs and context windows. */
  inputTokensExpected: number;
  metadataUseCase: string | null;
  /** What the caller says belongs together (`prompt_cache_key`, `session_id`, `metadata.session_id`). */
  session: string | null;
  /** The answer of before that this call builds on, by the id its venue knows it by; absent where the wire has no such thing. */
  continues?: string | null;
  /** The field that names what the venue keeps and was not made through us, so that nobody here knows whose it is. */
  venueState?: 'conversation' | 'prompt' | null;
  /** The venue keeps the answer, to be asked for by its id. */
  keepsAnswer?: boolean;
  /** How many pictures are asked for, each with so many sketches sent before it; absent: none. */
  pictures?: { count: number; partials: number };
  /** How many prompts are read each on its own, with a context window of its own; absent: one. */
  contexts?: number;
  /** Everything up to the first user message, or its SHA-256 where long: what calls of one conversation share. */
  firstMessagesText: string;
  lastUserText: string;
  /** Where the policy-bearing fields stand in the bytes; for `editBody`. */
  fields: TopLevel;
}

export type HeadReading =
  { head: CallHead; parsed: Record<string, unknown>; refusal?: undefined } | { refusal: Refusal; head?: undefined };

export interface BodyEdits {
  /** The name the venue understands. */
  model: string;
  /** The tier of the route that serves. */
  tier: Tier;
  /** A ceiling set by policy, per choice; where the client names one too, it is replaced. */
  injectMaxOutputTokens?: number;
  /** Ask the venue for usage in its stream. Ignored when the call does not stream. */
  askStreamUsage: boolean;
}

/** What one venue answer says about itself. */
export interface Answer {
  usage: Usage;
  servedModel: string | null;
  /** By which the venue knows the answer it keeps; absent where the wire has no such thing. */
  answerId?: string | null;
  /** As the venue returned it; null where it does not say. */
  servedTier: Tier | null;
  /** The venue's name of the place that served, where the answer says it. */
  servedRegion: string | null;
  /** Of the first choice. */
  finishReason: string | null;
  /** Every choice came to its end. */
  complete: boolean;
  isError: boolean;
}

export interface TapOptions {
  /** The client did not ask for usage but the venue was: take out what only we asked for. */
  strip: boolean;
  /** The cost to write into the last usage object, as a JSON number, or null for none. Called at most once per usage. */
  costText?: (served: Pick<Answer, 'usage' | 'servedModel' | 'servedTier' | 'servedRegion'>) => string | null;
  /** How many finish reasons make the stream complete. */
  choices: number;
}

/**
 * Reads a stream in passing. `push` takes a chunk as it came and returns what may be relayed now (the same
 * object when nothing is changed), or null. `end` returns what is still held back; do not call it when the
 * venue broke off and the client should not see half an event. Never throws on any bytes.
 */
export interface StreamTap extends Readonly<Answer> {
  push(chunk: Buffer): Buffer | null;
  end(): Buffer | null;
  /** Bytes held back now; at most 64 KiB and one chunk. */
  readonly heldBytes: number;
  /** The bytes relayed so far end between two events. */
  readonly betweenEvents: boolean;
}

export interface ToolCall {
  name: string;
  /** JSON text, as the model wrote it; it may not parse. */
  arguments: string;
}

export interface SpelledRefusal {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Protocol {
  readonly name: ProtocolName;
  /** Appended to a venue's base URL. */
  readonly path: string;
  /** What it answers costs nothing anywhere: nothing is held and nothing is booked. */
  readonly free?: true;
  /** A body is one JSON object in UTF-8, or a form of parts. Refuses what cannot be held, chosen or forwarded unambiguously. */
  readHead(body: Buffer): HeadReading;
  /** The client's bytes with the closed list of edits; the same Buffer when there is nothing to edit. */
  editBody(body: Buffer, head: CallHead, edits: BodyEdits): Buffer;
  /** Of a request to be sent; absent: JSON, as nearly everywhere. */
  contentTypeOf?(body: Buffer): string;
  readAnswer(body: Buffer): Answer;
  tapStream(options: TapOptions): StreamTap;
  /** The assistant's text of the first choice; null when it is not complete or not an answer. */
  answerText(body: Buffer, stream: boolean): string | null;
  /** The tool calls of the first choice, in order; null when the answer is not complete. */
  toolCalls(body: Buffer, stream: boolean): ToolCall[] | null;
  /** The request to ask a candidate the same thing, not streamed and without what would leave a trace. */
  replayBody(body: Buffer, replay: { model: string; tier: Tier; maxOutputTokens: number | null }): Buffer;
  spellRefusal(refusal: Refusal): SpelledRefusal;
  /** The last event of a stream that cannot be finished. `betweenEvents` as the tap says. Never looks like a normal end. */
  spellStreamBreak(refusal: Refusal, betweenEvents: boolean): Buffer;
  spellModels(models: readonly string[]): Buffer;
  spellModel(model: string): Buffer;
}
