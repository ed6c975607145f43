/** Names a suite by its content. Versions count uploads; the hash is what a gate is declared with. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { SuiteLine } from '#contracts/api/suite-api.js';
import type { SuiteCase } from '#contracts/use-case.js';
import { inputDigestOf } from '../gate/case-key.js';

/** Cases in order of their digest, so that the order of lines does not make another suite. Requires distinct inputs. */
export function casesOf(lines: readonly SuiteLine[]): SuiteCase[] {
  const cases = lines.map(({ input, expected }) => ({ inputDigest: inputDigestOf(input), expected }));
  return cases.sort((left, right) => (left.inputDigest < right.inputDigest ? -1 : 1));
}

/** SHA-256, lower-case hex, of the cases as RFC 8785 JSON. */
export const suiteHashOf = (cases: readonly SuiteCase[]): string =>
  createHash('sha256')
    .update(canonicalize(cases) ?? 'null', 'utf8')
    .digest('hex');
