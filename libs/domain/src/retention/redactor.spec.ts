import { describe, expect, test } from 'vitest';
import { NamedRedaction } from '#contracts/use-case.js';
import { keptDays, mayMirror } from './kept-days.js';
import { redactionProblems, redactorOf } from './redactor.js';

const { text, json } = redactorOf(NamedRedaction.options);

describe('what the named rules find', () => {
  test.each([
    ['write to Ada.Lovelace+bills@example.co.uk, please', 'write to [email], please'],
    ['an address like müller@bücher.example', 'an address like [email]'],
    ['card 4111 1111 1111 1111 and 5500-0000-0000-0004', 'card [card_number] and [card_number]'],
    ['4111111111111111', '[card_number]'],
    ['IBAN DE89 3704 0044 0532 0130 00.', 'IBAN [iban].'],
    ['call +49 (30) 901820-12 or (415) 555-0132', 'call [phone_number] or [phone_number]'],
    ['from 192.168.17.3', 'from [ip_address]'],
    ['key sk-proj-Abc123Abc123Abc123Abc123', 'key [secret_key]'],
    ['AKIAIOSFODNN7EXAMPLE', '[secret_key]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '[secret_key]'],
  ])('%s', (said, kept) => expect(text(said)).toBe(kept));
});

test.each([
  'order 4111 1111 1111 1112 of 2026-11-20',
  'version 999.1.2.3 and 1.2.3',
  'an @mention and a@b',
  'DE00 3704 0044 0532 0130 00',
  'tokens: 1234567890, 12.50 USD',
])('what only looks like it stays: %s', (said) => expect(text(said)).toBe(said));

test('in JSON: texts, keys, nested JSON and long numbers; pictures go whole; the rest is as it was', () => {
  const picture = `data:image/png;base64,${'A'.repeat(40)}`;
  const arguments_ = JSON.stringify({ to: 'ada@example.com' });
  const said = { 'ada@example.com': [{ n: 1.5, ok: true, none: null, card: 4111111111111111 }], arguments_, picture };
  expect(json(said)).toEqual({
    '[email]': [{ n: 1.5, ok: true, none: null, card: '[card_number]' }],
    arguments_: '{"to":"[email]"}',
    picture: '[binary]',
  });
  expect(json('QUJD'.repeat(200))).toBe('[binary]');
});

test("a pattern of one's own, and what is no pattern", () => {
  const ticket = { name: 'ticket', pattern: 'T-[0-9]+' };
  expect(redactorOf([ticket]).text('see T-17 and T-18')).toBe('see [ticket] and [ticket]');
  expect(redactionProblems([ticket, 'email'])).toEqual([]);
  expect(
    redactionProblems([
      { name: 'open', pattern: '(' },
      { name: 'look', pattern: '(?=x)' },
    ]),
  ).toHaveLength(2);
  expect(redactionProblems([{ name: 'any', pattern: '.*' }])).toEqual(['any matches nothing at all as well']);
});

test('linear in the text, whatever is written', () => {
  expect(text(`${'a.'.repeat(50_000)}@`)).toHaveLength(100_001);
  expect(redactorOf([{ name: 'slow', pattern: '(a+)+$' }]).text(`${'a'.repeat(50_000)}!`)).toHaveLength(50_001);
});

test('what a use case lets be kept', () => {
  expect((['zero', 'metadata_only', 'redacted', 'full'] as const).map((retention) => mayMirror({ retention }))).toEqual(
    [false, false, true, true],
  );
  expect(keptDays({ retention: 'metadata_only', retentionDays: 30 })).toBe(0);
  expect(keptDays({ retention: 'full' })).toBe(0);
  expect(keptDays({ retention: 'redacted', retentionDays: 30 })).toBe(30);
});
