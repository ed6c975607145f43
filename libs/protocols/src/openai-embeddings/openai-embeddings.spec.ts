import { describe, expect, it } from 'vitest';
import { protocolConformance } from '../protocol.conformance.js';
import { openAiEmbeddings } from './openai-embeddings.js';

protocolConformance(openAiEmbeddings, {
  model: 'm',
  request: Buffer.from('{ "model":"m", "input" : ["h\\u00e9"],"encoding_format":"base64" }\n'),
  answer: Buffer.from(
    '{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAA"}],"model":"m-1","usage":{"prompt_tokens":12,"total_tokens":12}}',
  ),
  totalTokens: 12,
});

const headOf = (body: object) => openAiEmbeddings.readHead(Buffer.from(JSON.stringify({ model: 'm', ...body })));

describe('what gets a vector each', () => {
  it.each<[unknown, number]>([
    ['a text', 1],
    [['one', 'two', 'three'], 3],
    [[1, 2, 3], 1],
    [
      [
        [1, 2],
        [3, 4],
      ],
      2,
    ],
  ])('%j: %i', (input, contexts) => {
    const { head } = headOf({ input });
    expect(head).toMatchObject({ contexts, maxOutputTokens: 0, replayable: false });
    expect(head!.inputTokensBound).toBeGreaterThanOrEqual(JSON.stringify(input).length);
  });

  it.each([{}, { input: [] }, { input: 7 }, { input: 'x', stream: true }, { input: 'x', dimensions: 0 }])(
    'not %j',
    (body) => expect(headOf(body).refusal?.code).toBe('invalid_request'),
  );
});

it('the model and the venues are edited, nothing else', () => {
  const body = Buffer.from('{"model":"m","input":"x", "dimensions" : 8,"provider":{"only":["a"]}}');
  const { head } = openAiEmbeddings.readHead(body);
  const edits = { model: 'n', tier: 'standard' as const, askStreamUsage: true };
  expect(openAiEmbeddings.editBody(body, head!, edits).toString()).toBe('{"model":"n","input":"x", "dimensions" : 8}');
});
