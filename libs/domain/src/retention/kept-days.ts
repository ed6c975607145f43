/** What a use case lets o10 keep of prompts and answers. */
import type { UseCase } from '#contracts/use-case.js';

type Kept = Pick<UseCase, 'retention' | 'retentionDays'>;

/** May a sealed copy wait for its replay, at most a day? `zero` and `metadata_only` keep no byte of content, nowhere. */
export const mayMirror = ({ retention }: Pick<UseCase, 'retention'>): boolean =>
  retention === 'full' || retention === 'redacted';

/** For how many days what a call said is kept; 0 is not at all. */
export const keptDays = (useCase: Kept): number => (mayMirror(useCase) ? (useCase.retentionDays ?? 0) : 0);
