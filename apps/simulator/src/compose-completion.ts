/**
 * A finished completion: the answer after stop sequences and limits, and its usage. Every choice of `n` says the same
 * and is billed again.
 */
import { createHash } from 'node:crypto';
import type { Counts } from './bill.js';
import type { Answer } from './choose-answer.js';
import type { Model } from './config.js';
import { countTokens, cutToTokens, tokensOfBytes } from './count-tokens.js';
import type { ChatRequest } from './parse-chat-request.js';

export type FinishReason = 'stop' | 'length' | 'tool_calls';

export interface Completion {
  id: string;
  /** Unix seconds. */
  created: number;
  model: string;
  serviceTier: string;
  fingerprint: string;
  answer: Answer;
  finishReason: FinishReason;
  n: number;
  counts: Counts;
  /** Of one choice, hidden. */
  reasoningTokens: number;
}

export interface Occasion {
  id: string;
  created: number;
  serviceTier: string;
  cachedTokens: number;
}

export function composeCompletion(model: Model, request: ChatRequest, chosen: Answer, occasion: Occasion): Completion {
  const limit = request.maxTokens ?? Number.MAX_SAFE_INTEGER / 16;
  const reasoningTokens = Math.min(model.reasoningTokens, limit);
  const { answer, finishReason } = cutAnswer(chosen, request.stop, limit - reasoningTokens);
  const completionTokens = (reasoningTokens + tokensOfAnswer(answer)) * request.n;
  const served = model.servedAs ?? model.id;
  return {
    id: occasion.id,
    created: occasion.created,
    model: served,
    serviceTier: occasion.serviceTier,
    fingerprint: fingerprintOf(served),
    answer,
    finishReason,
    n: request.n,
    counts: { promptTokens: request.promptTokens, cachedTokens: occasion.cachedTokens, completionTokens },
    reasoningTokens,
  };
}

function cutAnswer(answer: Answer, stop: string[], limit: number): { answer: Answer; finishReason: FinishReason } {
  if (answer.kind === 'tool') {
    const room = Math.max(0, limit - countTokens(answer.name));
    const cut = cutToTokens(answer.arguments, room);
    const whole = cut.length === answer.arguments.length;
    return { answer: { ...answer, arguments: cut }, finishReason: whole ? 'tool_calls' : 'length' };
  }
  const ends = stop.map((sequence) => (sequence ? answer.text.indexOf(sequence) : -1)).filter((at) => at >= 0);
  const text = ends.length > 0 ? answer.text.slice(0, Math.min(...ends)) : answer.text;
  const cut = cutToTokens(text, limit);
  return { answer: { kind: 'text', text: cut }, finishReason: cut.length === text.length ? 'stop' : 'length' };
}

/** A call's name is written in whole tokens before its arguments. */
export function tokensOfAnswer(answer: Answer): number {
  if (answer.kind === 'text') return countTokens(answer.text);
  return countTokens(answer.name) + tokensOfBytes(Buffer.byteLength(answer.arguments));
}

/** As the wire spells it; the parts and their sum. */
export function spellUsage({ counts, reasoningTokens, n }: Completion): Record<string, unknown> {
  return {
    prompt_tokens: counts.promptTokens,
    completion_tokens: counts.completionTokens,
    total_tokens: counts.promptTokens + counts.completionTokens,
    prompt_tokens_details: { cached_tokens: counts.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens * n,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

const fingerprints = new Map<string, string>();

function fingerprintOf(model: string): string {
  const known = fingerprints.get(model);
  if (known) return known;
  const made = `fp_${createHash('sha1').update(model).digest('hex').slice(0, 10)}`;
  fingerprints.set(model, made);
  return made;
}
