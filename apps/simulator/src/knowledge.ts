/** What a skilled model may know: questions, and for each the right answer and some wrong ones. */
import { createHash } from 'node:crypto';
import type { AnswerPair, KnowledgeEntry } from './config.js';

export class Knowledge {
  #exact = new Map<string, KnowledgeEntry>();
  #patterns: { fits: (question: string) => boolean; entry: KnowledgeEntry }[] = [];

  constructor(entries: KnowledgeEntry[]) {
    for (const entry of entries) {
      const { match } = entry;
      if (typeof match === 'string') this.#exact.set(match.trim(), entry);
      else this.#patterns.push({ fits: patternOf(match), entry });
    }
  }

  /** Exact text first, then patterns in the order written. Null: nothing is known about it for this use case. */
  find(question: string, useCase: string | null): AnswerPair | null {
    const entry = this.#exact.get(question) ?? this.#patterns.find((one) => one.fits(question))?.entry;
    if (!entry) return null;
    const { answers } = entry;
    if (isPair(answers)) return answers;
    const own = useCase !== null && Object.hasOwn(answers, useCase) ? answers[useCase] : undefined;
    return own ?? answers['*'] ?? null;
  }
}

function patternOf(match: Exclude<KnowledgeEntry['match'], string>): (question: string) => boolean {
  if ('contains' in match) return (question) => question.includes(match.contains);
  const regex = new RegExp(match.regex, match.flags);
  return (question) => regex.test(question);
}

function isPair(answers: KnowledgeEntry['answers']): answers is AnswerPair {
  return Array.isArray(answers['wrong']);
}

/** The same (seed, model, question) always gets the same answer, right with probability `accuracy` over questions. */
export function answerBySkill(
  known: AnswerPair,
  draw: { seed: string; model: string; question: string; accuracy: number },
): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([draw.seed, draw.model, draw.question]))
    .digest();
  if (digest.readUIntBE(0, 6) / 2 ** 48 < draw.accuracy) return known.right;
  const wrong = known.wrong[digest.readUInt32BE(6) % known.wrong.length];
  if (wrong === undefined) throw new Error('knowledge without a wrong answer');
  return wrong;
}
