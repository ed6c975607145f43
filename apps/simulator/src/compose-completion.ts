/**
 * A finished completion: the answer after stop sequences and limits, and its usage. Every choice of `n` says the same
 * and is billed again.
 */
import { createHash } from 'node:crypto';
import type { Counts } from './bill.js';
import type { Answer } from './choose-answer.js';
import type { Model } from './config.js';
import { countTokens, cutToTokens, splitByTokens, tokensOfBytes } from './count-tokens.js';
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
  written5mTokens?: number;
  written1hTokens?: number;
}

export function composeCompletion(model: Model, request: ChatRequest, chosen: Answer, occasion: Occasion): Completion {
  if (request.madeTokens !== undefined) return wordless(model, request, request.madeTokens, occasion);
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
    counts: {
      promptTokens: request.promptTokens,
      cachedTokens: occasion.cachedTokens,
      ...(occasion.written5mTokens ? { written5mTokens: occasion.written5mTokens } : {}),
      ...(occasion.written1hTokens ? { written1hTokens: occasion.written1hTokens } : {}),
      completionTokens,
    },
    reasoningTokens,
  };
}

/** What is made of pictures and vectors: no words, and as many tokens as the request is known to take. */
function wordless(model: Model, request: ChatRequest, completionTokens: number, occasion: Occasion): Completion {
  const served = model.servedAs ?? model.id;
  return {
    id: occasion.id,
    created: occasion.created,
    model: served,
    serviceTier: occasion.serviceTier,
    fingerprint: fingerprintOf(served),
    answer: { kind: 'text', text: '' },
    finishReason: 'stop',
    n: 1,
    counts: { promptTokens: request.promptTokens, cachedTokens: 0, completionTokens },
    reasoningTokens: 0,
  };
}

function cutAnswer(answer: Answer, stop: string[], limit: number): { answer: Answer; finishReason: FinishReason } {
  if (answer.kind === 'tools') {
    let room = limit;
    const calls = answer.calls.map((call) => {
      room = Math.max(0, room - countTokens(call.name));
      const cut = cutToTokens(call.arguments, room);
      room -= countTokens(cut);
      return { ...call, arguments: cut };
    });
    const whole = calls.every((call, index) => call.arguments === answer.calls[index]?.arguments);
    return { answer: { kind: 'tools', calls }, finishReason: whole ? 'tool_calls' : 'length' };
  }
  const ends = stop.map((sequence) => (sequence ? answer.text.indexOf(sequence) : -1)).filter((at) => at >= 0);
  const text = ends.length > 0 ? answer.text.slice(0, Math.min(...ends)) : answer.text;
  const cut = cutToTokens(text, limit);
  return { answer: { kind: 'text', text: cut }, finishReason: cut.length === text.length ? 'stop' : 'length' };
}

/** A call's name is written in whole tokens before its arguments. */
export function tokensOfAnswer(answer: Answer): number {
  if (answer.kind === 'text') return countTokens(answer.text);
  return answer.calls.reduce((sum, call) => sum + countTokens(call.name) + countTokens(call.arguments), 0);
}

export interface Piece {
  /** Which call it is of; 0 for a text. */
  call: number;
  /** The call begins here: its name, and no arguments yet. */
  opens: boolean;
  text: string;
  /** Tokens of the answer made by then, reasoning apart. */
  spoken: number;
}

/** The answer as a model hands it over. */
export function* piecesOf(answer: Answer, tokensPerChunk: number): Generator<Piece> {
  let before = 0;
  const texts = answer.kind === 'text' ? [answer.text] : answer.calls.map((call) => call.arguments);
  for (const [call, text] of texts.entries()) {
    if (answer.kind === 'tools') {
      before += countTokens(answer.calls[call]?.name ?? '');
      yield { call, opens: true, text: '', spoken: before };
    }
    let bytes = 0;
    for (const piece of splitByTokens(text, tokensPerChunk)) {
      bytes += Buffer.byteLength(piece);
      yield { call, opens: false, text: piece, spoken: before + tokensOfBytes(bytes) };
    }
    before += countTokens(text);
  }
}

const fingerprints = new Map<string, string>();

function fingerprintOf(model: string): string {
  const known = fingerprints.get(model);
  if (known) return known;
  const made = `fp_${createHash('sha1').update(model).digest('hex').slice(0, 10)}`;
  fingerprints.set(model, made);
  return made;
}
