import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { credentialAad, keyFromHex, open, openText, seal, sealText } from '#runtime/seal.js';

const key = randomBytes(32);

test('what is sealed opens again, and never looks the same twice', () => {
  const sealed = sealText(key, 'sk-secret', 'venue|a');
  expect(openText(key, sealed, 'venue|a')).toBe('sk-secret');
  expect(sealText(key, 'sk-secret', 'venue|a')).not.toBe(sealed);
});

test('another row, another key or one changed byte does not open', () => {
  const sealed = seal(key, Buffer.from('sk-secret'), 'venue|a');
  expect(() => open(key, sealed, 'venue|b')).toThrow();
  expect(() => open(randomBytes(32), sealed, 'venue|a')).toThrow();
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => open(key, changed, 'venue|a')).toThrow();
  }
});

test('a credential is bound to its host, not to its path', () => {
  const at = (baseUrl: string) => credentialAad({ id: 'openai', baseUrl });
  expect(at('https://api.openai.com/v1')).toBe(at('https://api.openai.com/v2'));
  expect(at('https://api.openai.com/v1')).not.toBe(at('https://evil.example/v1'));
});

test('a short key is refused', () => expect(() => keyFromHex('abcd')).toThrow('64 hexadecimal'));
