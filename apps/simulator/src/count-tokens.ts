/**
 * The simulator's own tokenizer: four UTF-8 bytes are one token, rounded up per text. A count never exceeds the
 * number of bytes, so a bound by bytes is a bound here, as it is for byte-level tokenizers.
 */
export const bytesPerToken = 4;
/** Framing of one message, and of the turn the model is about to take. Both are shorter than their JSON. */
export const tokensPerMessage = 3;
export const tokensPerTurn = 3;

/** Tokens of one text: ceil(UTF-8 bytes / 4), 0 for the empty text. */
export function countTokens(text: string): number {
  return tokensOfBytes(Buffer.byteLength(text));
}

export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / bytesPerToken);
}

/** Cuts at a code point so that at most `tokens` remain; exactly that many remain when anything is cut. */
export function cutToTokens(text: string, tokens: number): string {
  const limitBytes = tokens * bytesPerToken;
  if (text.length * 3 <= limitBytes || Buffer.byteLength(text) <= limitBytes) return text;
  let bytes = 0;
  let end = 0;
  for (const point of text) {
    bytes += Buffer.byteLength(point);
    if (bytes > limitBytes) break;
    end += point.length;
  }
  return text.slice(0, end);
}

/** Pieces of at most `tokens` tokens that join to the text, none of them inside a code point. None for the empty text. */
export function* splitByTokens(text: string, tokens: number): Generator<string> {
  const limitBytes = tokens * bytesPerToken;
  if (Buffer.byteLength(text) === text.length) {
    for (let at = 0; at < text.length; at += limitBytes) yield text.slice(at, at + limitBytes);
    return;
  }
  let piece = '';
  let bytes = 0;
  for (const point of text) {
    const size = Buffer.byteLength(point);
    if (bytes + size > limitBytes) {
      yield piece;
      piece = '';
      bytes = 0;
    }
    piece += point;
    bytes += size;
  }
  if (piece) yield piece;
}
