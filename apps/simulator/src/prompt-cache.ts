/**
 * A venue's prompt cache: prefixes seen before, for as long as they live. Either kept by itself, from 1,024 tokens in
 * steps of 128, as OpenAI documents its own; or where the caller marked it, as Anthropic does. A hit begins its life anew.
 */
import { createHash } from 'node:crypto';
import { bytesPerToken, tokensOfBytes } from './count-tokens.js';

const stepTokens = 128;
const minimumTokens = 1024;
const maxPrefixes = 50_000;

/** Where a caller marked the prompt: everything before this byte is to be kept for so long. */
export interface CacheMark {
  endByte: number;
  lifetime: '5m' | '1h';
}

export interface MarkedTokens {
  read: number;
  written5m: number;
  written1h: number;
}

const lifetimeMs = { '5m': 300_000, '1h': 3_600_000 } as const;

export class PromptCache {
  #expiresAt = new Map<string, number>();
  readonly #lifetimeMs: number;

  constructor(lifetimeMsOfUnmarked: number = lifetimeMs['5m']) {
    this.#lifetimeMs = lifetimeMsOfUnmarked;
  }

  /** Tokens of the longest living prefix, a multiple of 128 or 0; and remembers every prefix of this one. */
  admit(prompt: string, nowMs: number): number {
    if (prompt.length * 3 < minimumTokens * bytesPerToken) return 0;
    const bytes = Buffer.from(prompt);
    const stepBytes = stepTokens * bytesPerToken;
    const running = createHash('sha1');
    let cachedTokens = 0;
    for (let end = stepBytes; end <= bytes.length; end += stepBytes) {
      running.update(bytes.subarray(end - stepBytes, end));
      if (end < minimumTokens * bytesPerToken) continue;
      const prefix = running.copy().digest('base64url');
      if (this.#lives(prefix, nowMs)) cachedTokens = end / bytesPerToken;
      this.#remember(prefix, nowMs + this.#lifetimeMs);
    }
    return cachedTokens;
  }

  /** Reads up to the last mark that lives, writes from there to the last mark, each stretch for its mark's lifetime. */
  admitMarked(prompt: string, marks: readonly CacheMark[], nowMs: number): MarkedTokens {
    const bytes = Buffer.from(prompt);
    const tokens: MarkedTokens = { read: 0, written5m: 0, written1h: 0 };
    let reached = 0;
    const keyed = marks
      .filter(({ endByte }) => tokensOfBytes(endByte) >= minimumTokens)
      .map((mark) => ({
        ...mark,
        prefix: createHash('sha1').update(bytes.subarray(0, mark.endByte)).digest('base64url'),
      }));
    for (const { endByte, prefix } of keyed) if (this.#lives(prefix, nowMs)) reached = tokensOfBytes(endByte);
    tokens.read = reached;
    for (const { endByte, prefix, lifetime } of keyed) {
      const end = tokensOfBytes(endByte);
      if (end > reached) tokens[lifetime === '5m' ? 'written5m' : 'written1h'] += end - reached;
      reached = Math.max(reached, end);
      this.#remember(prefix, nowMs + lifetimeMs[lifetime]);
    }
    return tokens;
  }

  #lives(prefix: string, nowMs: number): boolean {
    return (this.#expiresAt.get(prefix) ?? 0) > nowMs;
  }

  #remember(prefix: string, expiresAtMs: number): void {
    this.#expiresAt.delete(prefix);
    this.#expiresAt.set(prefix, expiresAtMs);
    if (this.#expiresAt.size <= maxPrefixes) return;
    for (const oldest of this.#expiresAt.keys()) {
      this.#expiresAt.delete(oldest);
      return;
    }
  }
}
