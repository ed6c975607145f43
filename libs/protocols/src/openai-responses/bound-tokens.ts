/**
 * How many input tokens a Responses request can be, from its bytes: byte-level tokenizers never make more tokens than
 * bytes. What stands elsewhere (files, kept answers) is bounded by the context window alone.
 */
import type { JsonObject } from '../json-value.js';
import { fileTokensBound, imageTokensBound, imageTokensBoundLow } from '../openai-chat/bound-tokens.js';
import { eachMediaPart } from './input-items.js';

/** As for chat completions: the models are the same. */
const tokensPerItem = 16;
const tokensForTools = 512;
const imageTokensExpected = 765;
/** More than any context window: the hold's own cap decides. */
const contextTokensBound = 1_000_000_000;
const elsewhere = ['previous_response_id', 'conversation', 'prompt'];

export function inputTokensOf(
  bodyBytes: number,
  parsed: JsonObject,
  items: readonly JsonObject[],
): { inputTokensBound: number; inputTokensExpected: number } {
  let textBytes = bodyBytes;
  const tools = Array.isArray(parsed.tools) ? parsed.tools : [];
  let bound = items.length * tokensPerItem + (tools.length > 0 ? tokensForTools : 0);
  let expected = items.length * 4;
  eachMediaPart(items, (part) => {
    if (part.type === 'input_image') {
      // The URL's characters are ASCII, one byte each or more where JSON escapes them: never more than is subtracted.
      if (typeof part.image_url === 'string') textBytes -= part.image_url.length;
      bound += part.detail === 'low' ? imageTokensBoundLow : imageTokensBound;
      expected += part.detail === 'low' ? 85 : imageTokensExpected;
    } else if (part.type !== 'input_audio') bound += fileTokensBound;
  });
  if (elsewhere.some((name) => parsed[name] !== undefined && parsed[name] !== null)) bound += contextTokensBound;
  return { inputTokensBound: textBytes + bound, inputTokensExpected: Math.ceil(textBytes / 4) + expected };
}
