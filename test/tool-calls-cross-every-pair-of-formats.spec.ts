/**
 * Whatever a venue's model calls, its caller is told the same calls: streamed or whole, several at once, in any script, the
 * venue's bytes cut anywhere. Over every pair of a caller's format and a venue's other one; the venues are the simulator's,
 * which share no code with us and read our requests as strictly as the real ones.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProtocolName, VenueProtocol } from '#contracts/venue.js';
import { protocolNamed } from '#protocols/registry.js';
import { sendBridged } from '#venues/bridge/bridge-call.js';
import type { AnswerSink, VenueRequest } from '#venues/venue-client.js';
import { bedrockAt } from '../apps/simulator/src/bedrock-dialect.js';
import { chatDialect } from '../apps/simulator/src/chat-dialect.js';
import { chooseAnswer } from '../apps/simulator/src/choose-answer.js';
import { composeCompletion } from '../apps/simulator/src/compose-completion.js';
import { parseConfig } from '../apps/simulator/src/config.js';
import { geminiAt } from '../apps/simulator/src/gemini-dialect.js';
import { messagesDialect } from '../apps/simulator/src/messages-dialect.js';
import { responsesDialect } from '../apps/simulator/src/responses-dialect.js';
import { createWorld } from '../apps/simulator/src/world.js';
import { rowAt } from '../libs/venues/src/fake-venue.spec-data.js';

const dialects: Partial<Record<VenueProtocol, typeof chatDialect>> = {
  'openai-chat': chatDialect,
  'openai-responses': responsesDialect,
  'anthropic-messages': messagesDialect,
};
const models: Partial<Record<VenueProtocol, string>> = {
  'openai-chat': 'gpt-4o',
  'openai-responses': 'gpt-4.1',
  'anthropic-messages': 'claude-haiku-4-5',
  'gemini-generate': 'gemini-3-flash',
  'bedrock-converse': 'anthropic.claude-haiku-4-5-20251001-v1:0',
};

interface Made {
  calls: { name: string; arguments: string }[];
  tokensPerChunk: number;
  cuts: number[];
}

/** The venue's answer to our request, in pieces cut where `cuts` says (thousandths of its length). */
function answerOf({ venue, path, body }: VenueRequest, { calls, tokensPerChunk, cuts }: Made): Buffer[] {
  const id = models[venue.protocol]!;
  const toolCall = calls.map((call) => ({ name: call.name, arguments: call.arguments }));
  const answer = { kind: 'fixed' as const, text: '', toolCall };
  const prices = { inputPerMillion: '1', outputPerMillion: '1' };
  const sold = { id, answer, tokensPerChunk, prices };
  const world = createWorld(parseConfig({ seed: 's', venues: [{ id: 'v', apiKey: 'k', models: [sold] }] }), '.');
  const place = world.venues.get('v')!;
  const { model } = place.models.get(id)!;
  const dialect = dialects[venue.protocol] ?? geminiAt(path.split('?', 1)[0]!) ?? bedrockAt(path)!;
  const parsed = dialect.parse(body, place, { 'anthropic-version': '2023-06-01' });
  if ('error' in parsed) throw new Error(parsed.error.message);
  const occasion = { id: world.nextId(), created: 0, serviceTier: 'default', cachedTokens: 0 };
  const made = composeCompletion(model, parsed.request, chooseAnswer(model, parsed.request, world.sources)!, occasion);
  const plan = dialect.plan(made, model, parsed.request, place);
  const pieces = [...plan.steps].flatMap((step) => (step.act === 'write' ? [step.bytes] : []));
  const bytes = Buffer.concat(pieces.map((piece) => plan.encode?.(piece) ?? Buffer.from(piece)));
  const at = [0, ...cuts.map((cut) => Math.floor((cut * bytes.length) / 1000)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function venueThatMakes(made: Made) {
  return {
    send(request: VenueRequest, sink: AnswerSink) {
      const type =
        request.venue.protocol === 'bedrock-converse' ? 'application/vnd.amazon.eventstream' : 'text/event-stream';
      const pieces = answerOf(request, made);
      sink.onHead(200, { 'content-type': type });
      for (const piece of pieces) sink.onData(piece);
      sink.onEnd();
      return { resume() {}, abort() {} };
    },
  };
}

const askedIn: Partial<Record<ProtocolName, (names: string[]) => object>> = {
  'openai-chat': (names) => ({
    messages: [{ role: 'user', content: 'Hoi' }],
    tools: names.map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } })),
    stream_options: { include_usage: true },
  }),
  'openai-responses': (names) => ({
    input: 'Hoi',
    tools: names.map((name) => ({ type: 'function', name, parameters: { type: 'object' } })),
  }),
  'anthropic-messages': (names) => ({
    max_tokens: 4_000,
    messages: [{ role: 'user', content: 'Hoi' }],
    tools: names.map((name) => ({ name, input_schema: { type: 'object' } })),
  }),
};

async function told(caller: ProtocolName, venue: VenueProtocol, made: Made, stream: boolean): Promise<Buffer> {
  const { stream_options: usage, ...asked } = askedIn[caller]!(made.calls.map(({ name }) => name)) as Record<
    string,
    unknown
  >;
  const body = {
    model: 'm',
    ...asked,
    ...(stream && { stream, ...(usage !== undefined && { stream_options: usage }) }),
  };
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    sendBridged(
      venueThatMakes(made),
      {
        venue: rowAt('http://venue.invalid/v1', { protocol: venue }),
        route: { model: models[venue]!, family: 'any', tier: 'standard' },
        credential: null,
        protocol: caller,
        body: Buffer.from(JSON.stringify(body)),
        requestId: 'r-1',
        maxOutputTokens: 4_096,
      },
      {
        onHead: (status) => expect(status).toBe(200),
        onData: (chunk) => chunks.push(chunk) > 0,
        onEnd: () => resolve(Buffer.concat(chunks)),
        onFault: reject,
      },
      0,
    );
  });
}

/** JSON as a model may write it: as it is, or each sign beyond ASCII escaped, halves of pairs apart. */
const escaped = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('Zürich', '👩‍👩‍👧 漢字', '"}\\n{', ''),
);
const written = fc
  .tuple(
    fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(words, fc.integer(), fc.array(words)), {
      noNullPrototype: true,
    }),
    fc.boolean(),
  )
  .map(([input, escapes]) => (escapes ? escaped(JSON.stringify(input)) : JSON.stringify(input)));
const madeBy = fc.record({
  calls: fc
    .uniqueArray(fc.constantFrom('weather', 'clock', 'look_up', 'x-1'), { minLength: 1, maxLength: 3 })
    .chain((names) => fc.tuple(...names.map((name) => written.map((text) => ({ name, arguments: text }))))),
  tokensPerChunk: fc.integer({ min: 1, max: 4 }),
  cuts: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 30 }),
});

const pairs = (Object.keys(askedIn) as ProtocolName[]).flatMap((caller) =>
  (Object.keys(models) as VenueProtocol[]).filter((venue) => venue !== caller).map((venue) => [caller, venue] as const),
);

test.each(pairs)('%s at a venue of %s', async (caller, venue) => {
  const { toolCalls, readAnswer, tapStream } = protocolNamed(caller);
  await fc.assert(
    fc.asyncProperty(madeBy, async (made) => {
      const [whole, streamed] = [await told(caller, venue, made, false), await told(caller, venue, made, true)];
      const meant = made.calls.map(({ name, arguments: text }) => ({ name, input: JSON.parse(text) as unknown }));
      for (const [body, stream] of [
        [whole, false],
        [streamed, true],
      ] as const)
        expect(
          toolCalls(body, stream)?.map((call) => ({ name: call.name, input: JSON.parse(call.arguments) as unknown })),
        ).toEqual(meant);
      const tap = tapStream({ strip: false, choices: 1 });
      tap.push(streamed);
      expect([tap.complete, tap.usage.parts]).toEqual([true, readAnswer(whole).usage.parts]);
    }),
    { numRuns: 15 },
  );
});
