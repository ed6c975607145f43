/** A prompt put together from its parts, and where in it the caller set marks. */
import { countTokens } from './count-tokens.js';
import type { Json } from './parse-chat-request.js';
import type { CacheMark } from './prompt-cache.js';

export class PromptText {
  text = '';
  tokens = 0;
  readonly marks: CacheMark[] = [];

  add(text: string): void {
    this.text += text;
    this.tokens += countTokens(text);
  }

  mark(ttl: unknown): void {
    this.marks.push({ endByte: Buffer.byteLength(this.text), lifetime: ttl === '1h' ? '1h' : '5m' });
  }
}

export const listOf = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
