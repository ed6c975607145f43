/**
 * How many input tokens a request can be, from its bytes alone. Byte-level tokenizers never make more tokens than
 * bytes, so the body's length bounds its text; media are counted apart, because what they cost has little to do
 * with their bytes.
 */
import { eachMediaPart } from './content-parts.js';
import { isObject, type JsonObject } from '../json-value.js';

/** Role, separators and the reply's opening: 3 to 4 tokens at OpenAI, up to about 10 in open chat templates. */
const tokensPerMessage = 16;
/** Tool preambles: up to 346 tokens for the whole list at Anthropic. */
const tokensForTools = 512;
/** The dearest published count for one image, gpt-4o-mini at high detail: 2,833 + 8 tiles × 5,667. */
export const imageTokensBound = 48_169;
/** The same at `detail: low`. */
export const imageTokensBoundLow = 2_833;
/** A typical image: 1024 × 1024 on gpt-4o is 765. */
const imageTokensExpected = 765;
/** A file or a remote recording can hold far more text than its reference has bytes: no more than a context window. */
export const fileTokensBound = 1_000_000;

interface InputTokens {
  inputTokensBound: number;
  inputTokensExpected: number;
}

export function inputTokensOf(bodyBytes: number, parsed: JsonObject, messages: readonly JsonObject[]): InputTokens {
  let textBytes = bodyBytes;
  let bound =
    messages.length * tokensPerMessage +
    (Array.isArray(parsed.tools) || Array.isArray(parsed.functions) ? tokensForTools : 0);
  let expected = messages.length * 4;
  eachMediaPart(messages, (part) => {
    if (part.type === 'image_url') {
      const image: JsonObject = isObject(part.image_url) ? part.image_url : {};
      // The URL's characters are ASCII, one byte each or more where JSON escapes them: never more than is subtracted.
      if (typeof image.url === 'string') textBytes -= image.url.length;
      bound += image.detail === 'low' ? imageTokensBoundLow : imageTokensBound;
      expected += image.detail === 'low' ? 85 : imageTokensExpected;
    } else if (part.type !== 'input_audio') bound += fileTokensBound;
    // Sound of 1,000 bytes a second makes about 1,333 characters of base64 and at most 25 tokens: bytes bound it.
  });
  return { inputTokensBound: textBytes + bound, inputTokensExpected: Math.ceil(textBytes / 4) + expected };
}
