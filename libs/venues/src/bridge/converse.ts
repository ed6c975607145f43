/** Translates conversations: a call in words, a call of tools, their answers whole or streamed. */
import { APICallError, type LanguageModelV4, type LanguageModelV4FinishReason } from '@ai-sdk/provider';
import type { ProtocolName } from '#contracts/venue.js';
import type { JsonObject } from '#protocols/json-value.js';
import type { AnswerSpeller } from './answer-speller.js';
import type { Exchange, Translate } from './exchange.js';
import { wordsOf } from './exchange.js';
import { expressCall, type Expressed } from './express-call.js';
import { rawAnswer } from './raw-answer.js';
import { readChatCall } from './read-chat-call.js';
import { readMessagesCall } from './read-messages-call.js';
import { readResponsesCall } from './read-responses-call.js';
import { ChatSpeller } from './spell-chat.js';
import { MessagesSpeller } from './spell-messages.js';
import { ResponsesSpeller } from './spell-responses.js';
import type { Occasion, Target } from './target.js';
import { venueModel } from './venue-model.js';
import type { Reading } from './wishes.js';

interface Format {
  read(body: JsonObject): Reading;
  speller(identity: { id: string; createdS: number; model: string; request: JsonObject }): AnswerSpeller;
}

const formats = {
  'openai-chat': {
    read: readChatCall,
    speller: ({ id, createdS, model }) => new ChatSpeller({ id: `chatcmpl-${id}`, created: createdS, model }),
  },
  'openai-responses': { read: readResponsesCall, speller: (identity) => new ResponsesSpeller(identity) },
  'anthropic-messages': {
    read: readMessagesCall,
    speller: ({ id, model }) => new MessagesSpeller({ id: `msg_${id}`, model }),
  },
} satisfies Partial<Record<ProtocolName, Format>>;

export type Conversation = keyof typeof formats;

/** What a conversation asks for, in words of no wire format. */
export const readConversation = (protocol: Conversation, body: JsonObject): Reading => formats[protocol].read(body);

export const converse =
  (protocol: Conversation) =>
  (request: JsonObject, { requestId, nowMs }: Occasion): Translate<Target> => {
    const reading = readConversation(protocol, request);
    return (target) => {
      if (reading.obstacle !== undefined) return reading;
      const expressed = expressCall(reading.wishes, target);
      if (expressed.obstacle !== undefined) return expressed;
      const stream = request.stream === true;
      const { model } = target;
      const identity = { id: requestId.replaceAll('-', ''), createdS: Math.floor(nowMs / 1000), model, request };
      const speller = formats[protocol].speller(identity);
      const relay = stream ? relayStream : relayWhole;
      return {
        adaptations: expressed.adaptations,
        raw: () => rawAnswer(target.protocol, stream),
        ask: (exchange) => relay(exchange, venueModel(target, exchange.fetch), expressed, speller),
        refused: (status, message) => speller.refused(status, message),
      };
    };
  };

async function relayWhole(
  exchange: Exchange,
  model: LanguageModelV4,
  { options }: Expressed,
  speller: AnswerSpeller,
): Promise<void> {
  const { warnings, content, finishReason: reason } = await model.doGenerate(options);
  const { servedModel, usage, complete } = await exchange.ended();
  exchange.warned(warnings);
  const finishReason = complete ? reason : ({ unified: 'error', raw: undefined } as const);
  await exchange.tell(200, speller.whole({ content, finishReason, servedModel, usage }));
}

async function relayStream(
  exchange: Exchange,
  model: LanguageModelV4,
  { options }: Expressed,
  speller: AnswerSpeller,
): Promise<void> {
  const { stream } = await model.doStream(options);
  exchange.head(200, 'text/event-stream; charset=utf-8');
  for await (const part of stream) {
    if (exchange.gone) return;
    if (part.type === 'stream-start') exchange.warned(part.warnings);
    else if (part.type === 'error') return breakOff(exchange, speller, part.error);
    else if (part.type === 'finish') return endStream(exchange, speller, part.finishReason);
    else await exchange.write(speller.part(part));
  }
  return endStream(exchange, speller, null);
}

/** The SDK may take a stream that stops for one that ended; the venue's bytes say which it was. */
async function endStream(
  exchange: Exchange,
  speller: AnswerSpeller,
  reason: LanguageModelV4FinishReason | null,
): Promise<void> {
  const { complete, failure, usage } = await exchange.ended();
  if (reason === null || !complete || failure !== null)
    return breakOff(exchange, speller, new Error(failure ?? 'the venue broke off its answer'));
  await exchange.write(speller.finish(reason, usage));
}

/** The venue said in its stream that it fails; ours ends the same way, and never as if all were well. */
async function breakOff(exchange: Exchange, speller: AnswerSpeller, error: unknown): Promise<void> {
  await exchange.ended();
  const status = APICallError.isInstance(error) ? (error.statusCode ?? 500) : 500;
  await exchange.write(speller.error(status < 400 ? 500 : status, wordsOf(error)));
}
