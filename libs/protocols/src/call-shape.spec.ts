import { expect, test } from 'vitest';
import { shapeTextOf } from './call-shape.js';

const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });
const form = { type: 'json_schema', json_schema: { name: 'ticket', schema: { type: 'object' } } };
const user = (content: string) => ({ role: 'user', content });
const system = (content: string) => ({ role: 'system', content });
const chat = (also: object) => shapeTextOf({ model: 'm', messages: [system('Sort tickets.'), user('Hi')], ...also });

test('what is asked does not matter, nor the model, white space or the order of tools', () => {
  const same = [
    chat({ tools: [tool('a'), tool('b')] }),
    chat({ tools: [tool('b'), tool('a')], model: 'other' }),
    chat({ tools: [tool('a'), tool('b')], messages: [system(' Sort\n tickets.'), user('Else'), system('later')] }),
  ];
  expect(new Set(same).size).toBe(1);
});

test('system prompt, tools and form of the answer each make another', () => {
  const all = [
    chat({}),
    chat({ tools: [tool('a')] }),
    chat({ response_format: form }),
    chat({ messages: [system('Sort mails.'), user('Hi')] }),
  ];
  expect(new Set(all).size).toBe(4);
});

test.each([
  ['messages', { system: [{ type: 'text', text: 'Sort tickets.' }], messages: [user('Hi')] }],
  ['responses', { instructions: 'Sort tickets.', input: 'Hi' }],
  ['responses with items', { input: [{ role: 'developer', content: 'Sort tickets.' }, user('Hi')] }],
  ['tools of Anthropic', { system: 'Sort tickets.', messages: [user('Hi')], tools: [] }],
])('%s says the same in its own way', (_, parsed) => expect(shapeTextOf(parsed)).toBe(chat({})));

test.each([{}, { messages: [user('Hi')] }, { input: 'Hi', text: { format: { type: 'text' } } }, { tools: 1 }])(
  'a call with none of them has no shape',
  (parsed) => expect(shapeTextOf(parsed)).toBeNull(),
);
