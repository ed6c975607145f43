/** Support: which queue a customer's message belongs to. One word, compared exactly. */
import { type DemoCase, pick } from './demo-case.js';

const queues = ['billing', 'shipping', 'returns', 'account', 'technical'] as const;

const messages: Record<(typeof queues)[number], readonly string[]> = {
  billing: [
    'I was charged twice for {item}.',
    'The invoice for {item} shows the wrong VAT number.',
    'Why did the price of {item} change after I ordered it?',
  ],
  shipping: [
    '{item} was due last week and tracking has not moved.',
    'Can {item} be delivered to my office instead?',
    'The courier says {item} was handed to a neighbour I do not have.',
  ],
  returns: [
    '{item} does not fit, how do I send it back?',
    'I sent {item} back two weeks ago and have seen no refund.',
    'The return label for {item} does not print.',
  ],
  account: [
    'I cannot sign in to see my order of {item}.',
    'Please change the e-mail address on my order of {item}.',
    'Close my account, but keep the warranty of {item}.',
  ],
  technical: [
    '{item} stops after ten minutes and blinks red.',
    '{item} does not pair with my phone any more.',
    'After the update {item} forgets its settings.',
  ],
};
const items = [
  'a desk lamp',
  'a rain jacket',
  'an espresso grinder',
  'a bicycle helmet',
  'a pair of boots',
  'a record player',
  'a kettle',
  'a window sensor',
  'a backpack',
  'a keyboard',
  'a camp stove',
  'a toaster',
];
const names = ['Ada', 'Bo', 'Chidi', 'Dina', 'Emeka', 'Freya', 'Goran', 'Hana', 'Iris', 'Jun'];

export const supportPrompt =
  'You sort customer messages. Answer with one word: billing, shipping, returns, account or technical.';

export function supportCases(count: number): DemoCase[] {
  return Array.from({ length: count }, (_, index) => {
    const queue = pick(queues, index);
    const message = pick(messages[queue], Math.floor(index / queues.length)).replace(
      '{item}',
      pick(items, Math.floor(index / 7)),
    );
    return {
      input: `Ticket ${4000 + index} from ${pick(names, index)}: ${message}`,
      right: queue,
      wrong: queues.filter((other) => other !== queue),
      expected: queue,
    };
  });
}
