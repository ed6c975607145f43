/** Anthropic's count of a request's tokens: the request of Messages without an answer, and it costs nothing. */
import { anthropicMessages } from '../anthropic-messages/anthropic-messages.js';
import { parseObject } from '../json-value.js';
import { noAnswer } from '../openai-embeddings/openai-embeddings.js';
import { refuse } from '../parse-body.js';
import type { Answer, HeadReading, Protocol } from '../protocol.js';
import { unreplayed, unstreamed } from '../unreplayed.js';

function readHead(body: Buffer): HeadReading {
  const reading = anthropicMessages.readHead(body);
  if (reading.refusal) return reading;
  const { head, parsed } = reading;
  if (head.stream) return refuse('invalid_request', '"stream" must be absent: a count comes in one piece.', 'stream');
  return { parsed, head: { ...head, maxOutputTokens: 0, hostedTools: [], replayable: false } };
}

function readAnswer(body: Buffer): Answer {
  const message = parseObject(body.toString('utf8'));
  const counted = Number.isSafeInteger(message?.input_tokens);
  return { ...noAnswer, usage: { basis: 'reported', parts: {} }, complete: counted, isError: !counted };
}

export const anthropicCountTokens: Protocol = {
  ...anthropicMessages,
  ...unstreamed,
  ...unreplayed,
  name: 'anthropic-count-tokens',
  path: '/messages/count_tokens',
  free: true, // "Token counting is free to use" (Anthropic, token counting, pricing and rate limits)
  readHead,
  readAnswer,
};
