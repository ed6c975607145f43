/** Names a suite by its content. Versions count uploads; the hash is what a gate is declared with. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { SuiteLine } from '#contracts/api/suite-api.js';
import type { SuiteCase } from '#contracts/use-case.js';
import type { Offer } from '#contracts/offered-tools.js';
import { inputDigestOf } from '../gate/case-key.js';
import type { CalledTool } from '../gate/graders/grade.js';

/** Cases in order of their digest, so that the order of lines does not make another suite. Requires distinct inputs. */
export function casesOf(lines: readonly SuiteLine[]): SuiteCase[] {
  const cases = lines.map((line) => ({
    inputDigest: inputDigestOf(line.input),
    expected: line.expected,
    ...(line.system !== undefined && { system: line.system }),
    ...offerOf(line),
  }));
  return cases.sort((left, right) => (left.inputDigest < right.inputDigest ? -1 : 1));
}

/** What of it offers tools, without what is absent: a case that offers none is written as it always was. */
export const offerOf = ({ tools, toolChoice }: Offer): Offer => ({
  ...(tools !== undefined && { tools }),
  ...(toolChoice !== undefined && { toolChoice }),
});

/** What a case asks, as it is kept sealed. */
export interface CaseInput extends Offer {
  input: string;
  system: string | null;
}

/** A sampled call, as it is kept sealed until it becomes a case. */
export interface SampledCall extends CaseInput {
  /** What was served; empty where it only called tools. */
  answer: string;
  /** What it called. */
  calls?: CalledTool[];
}

export const sampleAad = (callId: string): string => `sample|${callId}`;
export const inputAad = (useCase: string, inputDigest: string): string => `suite|${useCase}|${inputDigest}`;

/** SHA-256, lower-case hex, of the cases as RFC 8785 JSON. */
export const suiteHashOf = (cases: readonly SuiteCase[]): string =>
  createHash('sha256')
    .update(canonicalize(cases) ?? 'null', 'utf8')
    .digest('hex');
