/** OpenAI's embeddings: texts, or texts as tokens, in; vectors out. Input is all that is bought. */
import { isObject, type JsonObject, parseObject, textOf } from '../json-value.js';
import { firstMessagesTextOf } from '../message-text.js';
import { tierAsked } from '../openai-chat/read-head.js';
import { saysError } from '../openai-chat/read-answer.js';
import { spellModel, spellModels, spellRefusal, spellStreamBreak } from '../openai-chat/spell-refusal.js';
import { absentOr, isPositive, parseBody, type Refused, wrong, wrongModel } from '../parse-body.js';
import type { Answer, BodyEdits, CallHead, HeadReading, Protocol } from '../protocol.js';
import { type JsonEdit, spliceJson } from '../splice-json.js';
import { unreplayed, unstreamed } from '../unreplayed.js';
import { missingUsage } from '../usage/count.js';
import { readEmbeddingsUsage } from '../usage/read-embeddings-usage.js';

const deciding: ReadonlySet<string> = new Set([
  'model',
  'input',
  'dimensions',
  'provider',
  'metadata',
  'stream',
  'service_tier',
]);

function wrongType(parsed: JsonObject): Refused | null {
  const nameless = wrongModel(parsed.model);
  if (nameless) return nameless;
  if (inputsOf(parsed.input).length === 0) return wrong('input', 'text, a list of texts, or tokens');
  if (parsed.stream === true) return wrong('stream', 'absent: vectors come in one piece');
  if (!absentOr(parsed.dimensions, isPositive)) return wrong('dimensions', 'a whole number from 1');
  for (const name of ['provider', 'metadata']) if (!absentOr(parsed[name], isObject)) return wrong(name, 'an object');
  return null;
}

/** What gets a vector each. A list of numbers is one text in tokens. */
function inputsOf(input: unknown): unknown[] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return [];
  return input.every((one) => typeof one === 'number') && input.length > 0 ? [input] : input;
}

function readHead(body: Buffer): HeadReading {
  const request = parseBody(body, { deciding, wrongType });
  if (request.refusal) return { refusal: request.refusal };
  const { parsed, fields } = request;
  const asked = tierAsked(parsed);
  if (asked.refusal) return { refusal: asked.refusal };
  const inputs = inputsOf(parsed.input);
  const metadata = isObject(parsed.metadata) ? parsed.metadata : {};
  const first = typeof inputs[0] === 'string' ? inputs[0] : JSON.stringify(inputs[0]);
  return {
    parsed,
    head: {
      requestedModel: parsed.model as string,
      model: asked.model,
      tier: asked.tier,
      stream: false,
      includeUsage: false,
      streamCost: false,
      maxOutputTokens: 0,
      choices: 1,
      needs: [],
      hostedTools: [],
      replayable: false,
      // A token given as a number takes two bytes at least, a text no more tokens than bytes.
      inputTokensBound: body.length,
      inputTokensExpected: Math.ceil(body.length / 4),
      contexts: inputs.length,
      metadataUseCase: textOf(metadata.use_case),
      session: null,
      firstMessagesText: firstMessagesTextOf([{ role: 'user', content: first }]),
      lastUserText: '',
      fields,
    },
  };
}

export function editNameAndVenue(body: Buffer, head: CallHead, edits: BodyEdits): Buffer {
  if (edits.tier !== 'standard') throw new Error(`the ${edits.tier} tier cannot be asked for here`);
  const list: JsonEdit[] = [];
  if (edits.model !== head.requestedModel) list.push({ name: 'model', value: JSON.stringify(edits.model) });
  if (head.fields.members.has('provider')) list.push({ name: 'provider', remove: true });
  return spliceJson(body, head.fields, list);
}

export const noAnswer: Answer = {
  usage: missingUsage,
  servedModel: null,
  servedTier: null,
  servedRegion: null,
  finishReason: null,
  complete: false,
  isError: true,
};

function readAnswer(body: Buffer): Answer {
  const message = parseObject(body.toString('utf8'));
  if (!message || saysError(message)) return noAnswer;
  return {
    ...noAnswer,
    usage: readEmbeddingsUsage(message.usage),
    servedModel: textOf(message.model),
    complete: Array.isArray(message.data),
    isError: false,
  };
}

export const openAiEmbeddings: Protocol = {
  name: 'openai-embeddings',
  path: '/embeddings',
  readHead,
  editBody: editNameAndVenue,
  readAnswer,
  ...unstreamed,
  ...unreplayed,
  spellRefusal,
  spellStreamBreak,
  spellModels,
  spellModel,
};
