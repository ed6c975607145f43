/** Retrieval: a passage, and a question whose answer is one number in it. Compared as numbers. */
import { type DemoCase, pick } from './demo-case.js';

const cities = [
  'Antwerp',
  'Bergen',
  'Cork',
  'Dresden',
  'Espoo',
  'Faro',
  'Graz',
  'Haarlem',
  'Innsbruck',
  'Jena',
  'Kaunas',
  'Lille',
  'Malmo',
];
const goods = [
  'olive oil',
  'printer paper',
  'steel bolts',
  'oat milk',
  'ceramic tiles',
  'work gloves',
  'solar inverters',
];

export const ragPrompt = 'Answer from the passage only. If it is not there, say so.';

export function ragCases(count: number): DemoCase[] {
  return Array.from({ length: count }, (_, index) => {
    const city = pick(cities, index);
    const good = pick(goods, Math.floor(index / 3));
    const pallets = 40 + ((index * 37) % 900);
    const metres = 1200 + ((index * 61) % 5000);
    const opened = 1985 + (index % 35);
    const passage = `The ${city} depot ${100 + index} opened in ${opened}. It covers ${metres} square metres and keeps ${pallets} pallets of ${good}; deliveries stop at 18:00.`;
    const asked = pick(
      [
        { question: `How many pallets of ${good} does it keep?`, answer: pallets },
        { question: 'How many square metres does it cover?', answer: metres },
        { question: 'In which year did it open?', answer: opened },
      ],
      index,
    );
    const others = [pallets, metres, opened].filter((number) => number !== asked.answer);
    return {
      input: `Passage: ${passage}\n\nQuestion: ${asked.question}`,
      right: `#### ${asked.answer}`,
      wrong: others.map((number) => `#### ${number}`),
      expected: asked.answer,
    };
  });
}
