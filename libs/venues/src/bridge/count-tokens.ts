/**
 * Counts the tokens of a Messages request where it would be served: the AI SDK writes the call, and the venue is asked for
 * its count of it. A venue that counts for nobody is no place to ask; no count is made up.
 */
import { isObject, type JsonObject, parseObject } from '#protocols/json-value.js';
import type { Exchange, Translate } from './exchange.js';
import { expressCall } from './express-call.js';
import { nothingServed, type RawAnswer } from './raw-answer.js';
import { readMessagesCall } from './read-messages-call.js';
import { MessagesSpeller } from './spell-messages.js';
import type { Target } from './target.js';
import { targetKindOf, type TargetKind } from './target-terms.js';
import { venueModel } from './venue-model.js';

/** How a venue is asked to count a call it could also be sent. */
interface Counter {
  /** Takes the call's path and body, and gives the count's. */
  asked(path: string, call: JsonObject, target: Target): { path: string; body: JsonObject };
  counted(answer: JsonObject): unknown;
}

const countedFields = [
  ...['model', 'input', 'instructions', 'parallel_tool_calls', 'reasoning', 'text', 'tool_choice', 'tools'],
];

/** What of Gemini's settings is read by the model. */
const schemaFields = ['responseMimeType', 'responseSchema', 'responseJsonSchema'];

const counters: Partial<Record<TargetKind, Counter>> = {
  // https://developers.openai.com/api/docs/guides/token-counting
  'openai-responses': {
    asked: (path, call) => ({ path: `${path}/input_tokens`, body: only(countedFields, call) }),
    counted: ({ input_tokens: tokens }) => tokens,
  },
  // https://ai.google.dev/api/tokens; Vertex takes the same fields without an envelope.
  gemini: {
    asked: (path, call, { model, vertex }) => {
      const generationConfig = only(schemaFields, isObject(call.generationConfig) ? call.generationConfig : {});
      const said = {
        ...only(['contents', 'systemInstruction', 'tools', ...(vertex ? [] : ['toolConfig'])], call),
        ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
      };
      const body = vertex ? said : { generateContentRequest: { model: `models/${model}`, ...said } };
      return { path: path.replace(/:generateContent$/, ':countTokens'), body };
    },
    counted: ({ totalTokens }) => totalTokens,
  },
  // https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html
  'bedrock-claude': {
    asked: (path, call) => ({
      path: path.replace(/\/converse$/, '/count-tokens'),
      body: { input: { converse: only(['messages', 'system', 'toolConfig'], call) } },
    }),
    counted: ({ inputTokens }) => inputTokens,
  },
};

/** More than any thinking: what is not answered is not limited, and no limit is sent. */
const limitless = 1_000_000_000;

export function countTokens(body: JsonObject): Translate<Target> {
  const reading = readMessagesCall({ ...body, max_tokens: limitless });
  return (target) => {
    const asked = { ...target, protocol: target.responses ? ('openai-responses' as const) : target.protocol };
    const kind = targetKindOf(asked.protocol, asked.model, asked.family);
    const counter = kind && counters[kind];
    if (!counter) return { obstacle: 'count_tokens' };
    if (reading.obstacle !== undefined) return reading;
    const said = expressCall(reading.wishes, asked);
    if (said.obstacle !== undefined) return said;
    return {
      adaptations: said.adaptations,
      raw: () => unmetered,
      refused: (status, message) => new MessagesSpeller({ id: '', model: '' }).refused(status, message),
      ask: async (exchange) => {
        const tokens = await countOf(exchange, counter, asked, (fetch) =>
          venueModel(asked, fetch).doGenerate(said.options),
        );
        await exchange.ended();
        await exchange.tell(200, JSON.stringify({ input_tokens: tokens }));
      },
    };
  };
}

/** The SDK sends; what it sends goes to the count instead. A venue's no it reads as ever, a count it never sees. */
async function countOf(
  exchange: Exchange,
  counter: Counter,
  target: Target,
  send: (fetch: typeof globalThis.fetch) => PromiseLike<unknown>,
): Promise<number> {
  let tokens: number | null = null;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const call = parseObject(typeof init?.body === 'string' ? init.body : '') ?? {};
    const { path, body } = counter.asked(url.pathname, call, target);
    const response = await exchange.fetch(new URL(path, url), { ...init, body: JSON.stringify(body) });
    if (!response.ok) return response;
    const answer: unknown = await response.json();
    const counted = isObject(answer) ? counter.counted(answer) : null;
    if (Number.isSafeInteger(counted)) tokens = counted as number;
    throw new Error('the venue did not count');
  };
  try {
    await send(fetch);
  } catch (error) {
    if (tokens === null) throw error;
  }
  if (tokens === null) throw new Error('the venue did not count');
  return tokens;
}

const only = (names: readonly string[], { ...call }: JsonObject): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (call[name] === undefined ? [] : [[name, call[name]]])));

/** Counting is free wherever it is offered, so nothing of the answer is a bill. */
const unmetered: RawAnswer = {
  push: () => {},
  end: () => {},
  served: () => ({ ...nothingServed, usage: { basis: 'reported', parts: {} }, complete: true }),
};
