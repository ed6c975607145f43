/**
 * chrF (Popović 2015) and chrF++ as sacreBLEU computes them: character 1- to 6-grams without white space, for chrF++ word
 * 1- and 2-grams beside them, F with β = 2 of the precision and recall averaged over the orders both texts reach.
 */
import { type Overlap, overlapOf, unitsMax } from './ngram-counts.js';

const characterOrders = 6;
const betaSquared = 4;
const punctuation = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** Counts per order; those of several texts may be added up for a corpus. */
export function chrfStatistics(hypothesis: string, reference: string, wordOrders: 0 | 2): Overlap[] {
  const units = (text: string) => Array.from(text.replace(/\s+/gu, '')).slice(0, unitsMax);
  const [given, wanted] = [units(hypothesis), units(reference)];
  const characters = Array.from({ length: characterOrders }, (_, order) => overlapOf(given, wanted, order + 1));
  const [givenWords, wantedWords] = [wordsOf(hypothesis), wordsOf(reference)];
  const words = Array.from({ length: wordOrders }, (_, order) => overlapOf(givenWords, wantedWords, order + 1));
  return [...characters, ...words];
}

/** On [0,100]. */
export function chrfOf(statistics: readonly Overlap[]): number {
  const reached = statistics.filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0);
  if (reached.length === 0) return 0;
  const mean = (part: (overlap: Overlap) => number) =>
    reached.reduce((sum, overlap) => sum + overlap.matches / part(overlap), 0) / reached.length;
  const precision = mean(({ hypothesis }) => hypothesis);
  const recall = mean(({ reference }) => reference);
  if (precision + recall === 0) return 0;
  return (100 * (1 + betaSquared) * precision * recall) / (betaSquared * precision + recall);
}

/**
 * The original's variant: F per order, then averaged over all of them, an order that a text does not reach counting as
 * next to nothing. Reported beside published figures; grading uses `chrfOf`.
 */
export function chrfSmoothedOf(statistics: readonly Overlap[]): number {
  const epsilon = 1e-16;
  const f = ({ matches, hypothesis, reference }: Overlap) => {
    const precision = hypothesis > 0 && reference > 0 ? matches / hypothesis : epsilon;
    const recall = reference > 0 ? matches / reference : epsilon;
    const below = betaSquared * precision + recall;
    return below > 0 ? ((1 + betaSquared) * precision * recall) / below : epsilon;
  };
  return (100 * statistics.reduce((sum, overlap) => sum + f(overlap), 0)) / statistics.length;
}

/** Words with one mark of punctuation at their end, or else at their beginning, taken off. */
function wordsOf(text: string): string[] {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  return words
    .flatMap((word) => {
      const characters = Array.from(word);
      const [first = '', last = ''] = [characters[0], characters.at(-1)];
      if (characters.length === 1) return [word];
      if (punctuation.has(last)) return [characters.slice(0, -1).join(''), last];
      return punctuation.has(first) ? [first, characters.slice(1).join('')] : [word];
    })
    .slice(0, unitsMax);
}
