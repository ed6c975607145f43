import { expect, it } from 'vitest';
import { protocolConformance } from '../protocol.conformance.js';
import { anthropicCountTokens } from './anthropic-count-tokens.js';

const request = Buffer.from('{ "model":"claude-m", "messages" : [{"role":"user","content":"h\\u00e9"}] }\n');

protocolConformance(anthropicCountTokens, {
  model: 'claude-m',
  request,
  answer: Buffer.from('{"input_tokens":2095}'),
  totalTokens: 0, // nothing is bought
});

it('costs nothing, answers in no words and is never asked again', () => {
  const { head } = anthropicCountTokens.readHead(request);
  expect([anthropicCountTokens.free, head?.maxOutputTokens, head?.replayable]).toEqual([true, 0, false]);
  const streamed = Buffer.from('{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}');
  expect(anthropicCountTokens.readHead(streamed).refusal?.code).toBe('invalid_request');
});
