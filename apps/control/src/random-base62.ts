/** Random text of letters and digits, each of the 62 equally likely. 43 of them hold 256 bits. */
import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62]; // 248 = 4 × 62: no letter is favoured
    }
  }
  return text;
}
