/**
 * Calls with a human truth and a judge's opinion of both answers, simulated. The flattering judge is modelled on a
 * published comparison of image models, where people saw 10.7 points less and the judge 0.7 points more.
 */
import type { PairedTruth } from './rules.js';

export interface JudgedWorld {
  /** Share of baseline answers people call right; of candidate answers, where the baseline's is right, and where it is wrong. */
  baseline: number;
  candidateAfterRight: number;
  candidateAfterWrong: number;
  /** How often the judge calls a right answer right, and a wrong one right, of each side. */
  judgeOfBaseline: { right: number; wrong: number };
  judgeOfCandidate: { right: number; wrong: number };
}

const honest = { right: 0.9, wrong: 0.2 };

/** The candidate is 10.7 points worse; the judge lets many of its wrong answers pass and puts it 0.7 points ahead. */
export const flattered: JudgedWorld = {
  baseline: 0.75,
  candidateAfterRight: 0.75,
  candidateAfterWrong: 0.322,
  judgeOfBaseline: honest,
  judgeOfCandidate: { right: 0.93, wrong: 0.375 },
};

/** As good as the baseline, different on a tenth of the calls, before a judge who errs as often on both sides. */
export const deserving: JudgedWorld = {
  baseline: 0.75,
  candidateAfterRight: 0.7 / 0.75,
  candidateAfterWrong: 0.2,
  judgeOfBaseline: honest,
  judgeOfCandidate: honest,
};

const bit = (draw: () => number, probability: number) => (draw() < probability ? 1 : 0);

/** One call: what people would say of both answers, and what the judge says. */
export function judgedCall(world: JudgedWorld, draw: () => number): PairedTruth {
  const baseline = bit(draw, world.baseline);
  const candidate = bit(draw, baseline === 1 ? world.candidateAfterRight : world.candidateAfterWrong);
  const opinion = (answer: number, of: { right: number; wrong: number }) =>
    bit(draw, answer === 1 ? of.right : of.wrong);
  return {
    truth: { candidate, baseline },
    judged: {
      candidate: opinion(candidate, world.judgeOfCandidate),
      baseline: opinion(baseline, world.judgeOfBaseline),
    },
  };
}

/** Candidate − baseline in the eyes of people, and of the judge, were there no end to the calls. */
export function trueDifferences(world: JudgedWorld): { people: number; judge: number } {
  const candidate = world.baseline * world.candidateAfterRight + (1 - world.baseline) * world.candidateAfterWrong;
  const seen = (share: number, of: { right: number; wrong: number }) => share * of.right + (1 - share) * of.wrong;
  return {
    people: candidate - world.baseline,
    judge: seen(candidate, world.judgeOfCandidate) - seen(world.baseline, world.judgeOfBaseline),
  };
}
