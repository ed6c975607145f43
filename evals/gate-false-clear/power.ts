/**
 * How many scored calls the gate takes to clear a candidate that deserves it. A gate that never clears would pass every
 * other check here, so the medians are held against the figures the product plans with.
 */
import { transformed } from '#domain/gate/fold-score.js';
import { addScore, freshWealth, lnEvidence } from '#domain/gate/grid-e-process.js';

export interface PowerCase {
  name: string;
  /** The mean under the null, on the transformed scale. */
  nullMean: number;
  slots: number;
  /** One transformed score. */
  score: (draw: () => number) => number;
  /** Median of calls to clear, as measured when the statistic was chosen. */
  expected: number;
}

const absolute = (floor: number, truth: number, expected: number, slots = 1): PowerCase => ({
  name: `floor ${floor}, true ${truth}${slotsOf(slots)}`,
  nullMean: floor,
  slots,
  score: (draw) => (draw() < truth ? 1 : 0),
  expected,
});

/** Equally good, and on a share of the calls one of the two is right and the other is wrong. */
const paired = (margin: number, discordant: number, expected: number, slots = 1): PowerCase => ({
  name: `within ${margin}, ${100 * discordant} % discordant${slotsOf(slots)}`,
  nullMean: (1 - margin) / 2,
  slots,
  score: (draw) => {
    const u = draw();
    const [candidate, baseline] = u < discordant / 2 ? [1, 0] : u < discordant ? [0, 1] : [1, 1];
    return transformed('non_inferior', { candidate, baseline });
  },
  expected,
});
const slotsOf = (slots: number) => (slots === 1 ? '' : `, ${slots} slots`);

export const powerCases: readonly PowerCase[] = [
  absolute(0.9, 0.92, 1541),
  absolute(0.9, 0.93, 630),
  absolute(0.9, 0.95, 224),
  absolute(0.95, 0.98, 301),
  paired(0.03, 0.05, 460),
  paired(0.03, 0.1, 810),
  paired(0.05, 0.1, 322),
  absolute(0.9, 0.95, 342, 5),
  paired(0.03, 0.1, 1216, 5),
];

export interface MeasuredPower {
  median: number;
  /** Nine runs in ten need no more. */
  ninth: number;
}

/** Calls to clear over `runs` runs; a run that has not cleared after `callsMax` counts as never. */
export function measurePower(
  { nullMean, slots, score }: PowerCase,
  trial: { alpha: number; runs: number; callsMax: number; draw: () => number },
): MeasuredPower {
  const lnThreshold = Math.log(slots / trial.alpha);
  const needed = Array.from({ length: trial.runs }, () => {
    let wealth = freshWealth();
    for (let calls = 1; calls <= trial.callsMax; calls += 1) {
      wealth = addScore(wealth, score(trial.draw), nullMean);
      if (lnEvidence(wealth) >= lnThreshold) return calls;
    }
    return Infinity;
  }).sort((a, b) => a - b);
  const at = (share: number) => needed[Math.min(needed.length - 1, Math.floor(share * needed.length))]!;
  return { median: at(0.5), ninth: at(0.9) };
}
