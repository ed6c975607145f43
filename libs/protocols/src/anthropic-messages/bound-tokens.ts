/**
 * How many input tokens a Messages request can be, from its bytes: byte-level tokenizers never make more tokens than
 * bytes. Images and documents are counted apart, because what they cost has little to do with their bytes.
 */
import { isObject, type JsonObject } from '../json-value.js';
import { eachBlock } from './content-blocks.js';

const tokensPerMessage = 16;
/** Tool preambles are documented at up to 346 tokens, computer use at up to 735 and more for its schema. */
const tokensForTools = 2_048;
/** Documented: width × height ÷ 750, images larger than the limits are scaled down; models of high resolution take up to 4,784. */
const imageTokensBound = 5_000;
const imageTokensExpected = 1_600;
/** A document's pages count as text and as images: no more than a context window. */
const documentTokensBound = 1_000_000;

export function inputTokensOf(
  bodyBytes: number,
  parsed: JsonObject,
  messages: readonly JsonObject[],
): { inputTokensBound: number; inputTokensExpected: number } {
  let textBytes = bodyBytes;
  let bound = messages.length * tokensPerMessage + (Array.isArray(parsed.tools) ? tokensForTools : 0);
  let expected = messages.length * 4;
  eachBlock(messages, (block) => {
    const source = isObject(block.source) ? block.source : {};
    if (block.type === 'image') {
      // Base64 is ASCII, one byte each or more where JSON escapes it: never more than is subtracted.
      if (typeof source.data === 'string') textBytes -= source.data.length;
      bound += imageTokensBound;
      expected += imageTokensExpected;
    } else if (block.type === 'document' || source.type === 'file') bound += documentTokensBound;
  });
  return { inputTokensBound: textBytes + bound, inputTokensExpected: Math.ceil(textBytes / 4) + expected };
}
