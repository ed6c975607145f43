import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeJson } from './decode-json.js';

const valueOf = (text: string) => {
  const decoded = decodeJson(Buffer.from(text));
  if (decoded.error) throw new Error(decoded.error);
  return decoded.value;
};

it('reads an escaped name as what it spells, whatever was parsed before', () => {
  for (const poison of ['"\\\\"', '"mo\\\\u0"', '"max_token\\\\"']) JSON.parse(`{"h":[],${poison}:0}`);
  expect(valueOf('{"h":1,"\\u006e":9}')).toEqual({ h: 1, n: 9 });
  expect(valueOf('{"h":1,"mo\\u0064el":9}')).toEqual({ h: 1, model: 9 });
  expect(valueOf('{"h":1,"max_token\\u0073":9}')).toEqual({ h: 1, max_tokens: 9 });
  expect(valueOf('{"h":1,"max\\u005Ftokens":9}')).toEqual({ h: 1, max_tokens: 9 });
});

it('changes no value, however it is escaped', () => {
  const spelled = fc
    .array(
      fc.constantFrom(
        'a',
        '\\u0061',
        '\\\\',
        '\\\\u0061',
        '\\"',
        '\\n',
        '\\u005c',
        '\\u00e9',
        '\\u0022',
        '\\u005F',
        'é',
        '🙂',
        '\\ud83d\\ude42',
      ),
    )
    .map((parts) => `"${parts.join('')}"`);
  fc.assert(
    fc.property(spelled, (text) => {
      expect(valueOf(`[${text}]`)).toEqual([JSON.parse(text)]);
    }),
    { numRuns: 1000 },
  );
});

it('says whether the bytes or the JSON are wrong', () => {
  expect(decodeJson(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ error: 'UTF-8' });
  expect(decodeJson(Buffer.from('\ufeff{}'))).toEqual({ error: 'JSON' });
  expect(decodeJson(Buffer.from('{'))).toEqual({ error: 'JSON' });
});
