/** Names a suite by its content. Versions count uploads; the hash is what a gate is declared with. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { SuiteLine } from '#contracts/api/suite-api.js';
import type { SuiteCase } from '#contracts/use-case.js';
import { inputDigestOf } from '../gate/case-key.js';

/** Cases in order of their digest, so that the order of lines does not make another suite. Requires distinct inputs. */
export function casesOf(lines: readonly SuiteLine[]): SuiteCase[] {
  const cases = lines.map(({ input, expected, system }) => ({
    inputDigest: inputDigestOf(input),
    expected,
    ...(system !== undefined && { system }),
  }));
  return cases.sort((left, right) => (left.inputDigest < right.inputDigest ? -1 : 1));
}

/** What a case asks, as it is kept sealed. */
export interface CaseInput {
  input: string;
  system: string | null;
}

/** A sampled call, as it is kept sealed until it becomes a case. */
export interface SampledCall extends CaseInput {
  /** What was served. */
  answer: string;
}

export const sampleAad = (callId: string): string => `sample|${callId}`;
export const inputAad = (useCase: string, inputDigest: string): string => `suite|${useCase}|${inputDigest}`;

/** SHA-256, lower-case hex, of the cases as RFC 8785 JSON. */
export const suiteHashOf = (cases: readonly SuiteCase[]): string =>
  createHash('sha256')
    .update(canonicalize(cases) ?? 'null', 'utf8')
    .digest('hex');
