/** Reads pictures that came in one piece: their usage, or where the venue states none, how many there are. */
import { parseObject, textOf } from '../json-value.js';
import { saysError } from '../openai-chat/read-answer.js';
import { noAnswer } from '../openai-embeddings/openai-embeddings.js';
import type { Answer } from '../protocol.js';
import { readImagesUsage } from '../usage/read-media-usage.js';

export function readAnswer(body: Buffer): Answer {
  const message = parseObject(body.toString('utf8'));
  if (!message || saysError(message)) return noAnswer;
  return {
    ...noAnswer,
    usage: readImagesUsage(message.usage, message.data),
    servedModel: textOf(message.model),
    complete: Array.isArray(message.data),
    isError: false,
  };
}
