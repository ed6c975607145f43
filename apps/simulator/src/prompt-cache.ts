/** A venue's prompt cache: prefixes of 1,024 tokens and more, in steps of 128, as OpenAI documents its own. */
import { createHash } from 'node:crypto';
import { bytesPerToken } from './count-tokens.js';

const stepTokens = 128;
const minimumTokens = 1024;
const maxPrefixes = 50_000;

export class PromptCache {
  #seen = new Set<string>();

  /** Tokens of the longest prefix seen before, a multiple of 128 or 0; and remembers every prefix of this one. */
  admit(prompt: string): number {
    if (prompt.length * 3 < minimumTokens * bytesPerToken) return 0;
    const bytes = Buffer.from(prompt);
    const stepBytes = stepTokens * bytesPerToken;
    const running = createHash('sha1');
    let cachedTokens = 0;
    for (let end = stepBytes; end <= bytes.length; end += stepBytes) {
      running.update(bytes.subarray(end - stepBytes, end));
      if (end < minimumTokens * bytesPerToken) continue;
      const prefix = running.copy().digest('base64url');
      if (this.#seen.has(prefix)) cachedTokens = end / bytesPerToken;
      else this.#remember(prefix);
    }
    return cachedTokens;
  }

  #remember(prefix: string): void {
    this.#seen.add(prefix);
    if (this.#seen.size <= maxPrefixes) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      return;
    }
  }
}
