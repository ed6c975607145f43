/**
 * Slips of the hand, put at random into price files as text: what is measured is everything between the file and the
 * finding. The kinds are those that public lists have had, and some that are hard to see.
 */
export interface PriceText {
  file: string;
  text: string;
}

export interface Slip {
  kind: string;
  file: string;
  /** Of the figure, from 1. */
  line: number;
  before: string;
  after: string;
  text: string;
}

type Draw = () => number;

/** As text, so that no float makes the slip look stranger than it is. */
function scaled(figure: string, power: number): string {
  const [whole = '', fraction = ''] = figure.split('.');
  const digits = whole + fraction;
  const point = whole.length + power;
  const padded = point <= 0 ? digits.padStart(digits.length - point + 1, '0') : digits.padEnd(point, '0');
  const at = point <= 0 ? 1 : point;
  const text = `${padded.slice(0, at)}.${padded.slice(at)}`;
  return text.replace(/^0+(?=\d)/, '').replace(/\.?0*$/, '') || '0';
}

const lost = (figure: string) => figure.replace(/\d$/, '').replace(/\.$/, '');
const transposed = (figure: string) => figure.replace(/([1-9])(\.?)([1-9])/, '$3$2$1');

/** Null where the kind changes nothing of this figure. */
export const slipKinds: Readonly<Record<string, (figure: string) => string | null>> = {
  'per million written per token': (figure) => scaled(figure, 6),
  'per token written per million': (figure) => scaled(figure, -6),
  'a thousand times': (figure) => scaled(figure, 3),
  'a thousandth': (figure) => scaled(figure, -3),
  'cents for dollars': (figure) => scaled(figure, 2),
  'dollars for cents': (figure) => scaled(figure, -2),
  'point one to the right': (figure) => scaled(figure, 1),
  'point one to the left': (figure) => scaled(figure, -1),
  'a digit lost': (figure) => (lost(figure).replace(/[0.]/g, '') ? lost(figure) : null),
  'two digits transposed': (figure) => (transposed(figure) === figure ? null : transposed(figure)),
  'a zero': () => '0',
  'below zero': (figure) => `-${figure}`,
  doubled: (figure) => doubled(figure),
};

function doubled(figure: string): string {
  const [whole = '', fraction = ''] = figure.split('.');
  const digits = (2n * BigInt(whole + fraction)).toString().padStart(fraction.length + 1, '0');
  const at = digits.length - fraction.length;
  return fraction ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
}

/** A rate in a price file of ours: `input_uncached: '0.20'`. */
const rate = /\b[a-z]\w+: '(\d+(?:\.\d+)?)'/g;

/** One slip in one figure of one file. */
export function injectSlip(files: readonly PriceText[], draw: Draw): Slip {
  const kinds = Object.entries(slipKinds);
  for (;;) {
    const { file, text } = files[Math.floor(draw() * files.length)]!;
    const figures = [...text.matchAll(rate)];
    const match = figures[Math.floor(draw() * figures.length)]!;
    const [kind, slip] = kinds[Math.floor(draw() * kinds.length)]!;
    const before = match[1]!;
    const after = slip(before);
    if (after === null || after === before) continue;
    const at = match.index + match[0].length - before.length - 1;
    const line = text.slice(0, at).split('\n').length;
    return { kind, file, line, before, after, text: text.slice(0, at) + after + text.slice(at + before.length) };
  }
}
