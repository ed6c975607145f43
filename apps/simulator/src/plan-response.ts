/**
 * A response as a plan: head, then steps that are pulled one at a time while they are played. A fault is a change of
 * the plan (misbehave.ts); nothing here touches a socket.
 */
import { spellUsage, tokensOfAnswer, type Completion } from './compose-completion.js';
import type { Model } from './config.js';
import type { Billing } from './fault.js';
import { countTokens, splitByTokens, tokensOfBytes } from './count-tokens.js';
import { spellError, type WireError } from './wire-error.js';

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

export interface Plan {
  status: number;
  headers: Record<string, string | number>;
  steps: Iterable<Step>;
  stream: boolean;
  billing: Billing;
  /** What the venue calls it when the client stays to the end of the plan. */
  outcome: 'completed' | 'failed';
  /** Every byte is a write of its own, this far apart. */
  byteByByteMs?: number;
}

const completed = { billing: 'full', outcome: 'completed' } as const;

export function planCompletion(completion: Completion, model: Model): Plan {
  const body = spellCompletion(completion);
  const { firstByte, perChunk } = model.latencyMs;
  const chunks = Math.ceil(tokensOfAnswer(completion.answer) / model.tokensPerChunk);
  const waitMs = firstByte + perChunk * chunks;
  const write: Step = { act: 'write', bytes: body, part: 'body', generated: completion.counts.completionTokens };
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    steps: waitMs > 0 ? [{ act: 'wait', ms: waitMs }, write] : [write],
    stream: false,
    ...completed,
  };
}

export function planStream(completion: Completion, model: Model, includeUsage: boolean): Plan {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    steps: streamSteps(completion, model, includeUsage),
    stream: true,
    ...completed,
  };
}

export function planError(error: WireError): Plan {
  const body = spellError(error);
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    steps: [{ act: 'write', bytes: body, part: 'body' }],
    stream: false,
    billing: 'none',
    outcome: 'failed',
  };
}

function spellCompletion(completion: Completion): string {
  const { answer } = completion;
  const message =
    answer.kind === 'text'
      ? { role: 'assistant', content: answer.text, refusal: null, annotations: [] }
      : {
          role: 'assistant',
          content: null,
          tool_calls: [spellToolCall(completion, answer)],
          refusal: null,
          annotations: [],
        };
  return JSON.stringify({
    id: completion.id,
    object: 'chat.completion',
    created: completion.created,
    model: completion.model,
    choices: Array.from({ length: completion.n }, (_, index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: completion.finishReason,
    })),
    usage: spellUsage(completion),
    service_tier: completion.serviceTier,
    system_fingerprint: completion.fingerprint,
  });
}

function spellToolCall({ id }: Completion, { name, arguments: text }: { name: string; arguments: string }) {
  return { id: `call_${id.slice(-24)}`, type: 'function', function: { name, arguments: text } };
}

function* streamSteps(completion: Completion, model: Model, includeUsage: boolean): Generator<Step> {
  const { answer, n, reasoningTokens } = completion;
  const { firstByte, perChunk } = model.latencyMs;
  const spell = chunkSpeller(completion, includeUsage);
  const nameTokens = answer.kind === 'tool' ? countTokens(answer.name) : 0;
  const opened = reasoningTokens + nameTokens;
  if (firstByte > 0) yield { act: 'wait', ms: firstByte };
  for (let index = 0; index < n; index++)
    yield {
      act: 'write',
      bytes: spell(index, openingDelta(completion)),
      part: 'role',
      generated: opened * (index + 1),
    };
  let bytes = 0;
  let before = 0;
  for (const piece of splitByTokens(answer.kind === 'text' ? answer.text : answer.arguments, model.tokensPerChunk)) {
    if (perChunk > 0) yield { act: 'wait', ms: perChunk };
    bytes += Buffer.byteLength(piece);
    const spoken = tokensOfBytes(bytes);
    const delta =
      answer.kind === 'text' ? { content: piece } : { tool_calls: [{ index: 0, function: { arguments: piece } }] };
    for (let index = 0; index < n; index++) {
      const generated = opened * n + spoken * (index + 1) + before * (n - index - 1);
      yield { act: 'write', bytes: spell(index, delta), part: 'content', generated };
    }
    before = spoken;
  }
  for (let index = 0; index < n; index++)
    yield { act: 'write', bytes: spell(index, {}, completion.finishReason), part: 'finish' };
  if (includeUsage) yield { act: 'write', bytes: spell(null, spellUsage(completion)), part: 'usage' };
  yield { act: 'write', bytes: 'data: [DONE]\n\n', part: 'done' };
}

function openingDelta(completion: Completion): Record<string, unknown> {
  const { answer } = completion;
  if (answer.kind === 'text') return { role: 'assistant', content: '', refusal: null };
  const call = spellToolCall(completion, { ...answer, arguments: '' });
  return { role: 'assistant', content: null, tool_calls: [{ index: 0, ...call }], refusal: null };
}

/** Spells one event; index null is the last chunk, which has no choices and is the only one whose usage is not null. */
function chunkSpeller(completion: Completion, includeUsage: boolean) {
  const { id, created, model, serviceTier, fingerprint } = completion;
  const head = {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    service_tier: serviceTier,
    system_fingerprint: fingerprint,
  };
  const opening = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`;
  const closing = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  return (index: number | null, content: Record<string, unknown>, finishReason: string | null = null): string => {
    if (index === null) return `${opening}],"usage":${JSON.stringify(content)}}\n\n`;
    const choice = { index, delta: content, logprobs: null, finish_reason: finishReason };
    return opening + JSON.stringify(choice) + closing;
  };
}
