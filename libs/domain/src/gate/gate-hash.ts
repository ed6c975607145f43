/**
 * Commits to what is being tested before the first score: whoever changes any of it afterwards has another gate, with no
 * evidence. The revision counts as much as the route: a venue may swap the weights behind a name.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Floor, GateTerms, Grader } from '#contracts/use-case.js';

export interface GateDeclaration {
  /** Slug of the use case. */
  useCase: string;
  baseline: { route: string; revision: string };
  grader: Grader;
  floor: Floor;
  terms: GateTerms;
  /** Hash of the suite; null where the grader needs none. */
  suiteHash: string | null;
  /** Routes the grader asks, in the order it names them. Absent and empty are the same declaration. */
  judges?: { route: string; revision: string }[];
  /** As the use case names it; absent where it names none. */
  promptTemplate?: string;
}

/** SHA-256, lower-case hex, over the declaration as RFC 8785 JSON. Throws where JSON cannot hold it (NaN, a lone surrogate). */
export function gateHashOf(declaration: GateDeclaration): string {
  const { useCase, baseline, grader, floor, terms, suiteHash, judges = [], promptTemplate } = declaration;
  const { route, revision } = baseline;
  const json = canonicalize({
    schema: 'o10.gate.v1',
    useCase,
    baseline: { route, revision },
    grader,
    floor,
    terms,
    suiteHash,
    ...(judges.length > 0 && { judges: judges.map((judge) => ({ route: judge.route, revision: judge.revision })) }),
    ...(promptTemplate !== undefined && { promptTemplate }),
  });
  if (json === undefined) throw new TypeError('a gate declaration must be JSON');
  return createHash('sha256').update(json, 'utf8').digest('hex');
}
