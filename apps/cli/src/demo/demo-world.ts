/**
 * The world of the demo as data: venues with models of known skill and price, four use cases with differing floors.
 * The same tables make the simulator's configuration (what is sold, and its own bill) and o10.yaml (what o10 is told).
 */
import type { Grader } from '#contracts/use-case.js';
import { codeCases, codePrompt } from './cases/code.js';
import type { DemoCase } from './cases/demo-case.js';
import { extractionCases, extractionPrompt, extractionSchema } from './cases/extraction.js';
import { ragCases, ragPrompt } from './cases/rag.js';
import { supportCases, supportPrompt } from './cases/support.js';

export interface DemoModel {
  venue: string;
  model: string;
  family: string;
  /** How often it is right; o10 is not told. */
  skill: number;
  inputUsdPerMillion: string;
  outputUsdPerMillion: string;
}

export const venues = [
  { id: 'meridian', jurisdiction: 'us', retention: 'metadata_only' },
  { id: 'fjord', jurisdiction: 'eu', retention: 'zero' },
] as const;

export const models: readonly DemoModel[] = [
  {
    venue: 'meridian',
    model: 'atlas-xl',
    family: 'atlas',
    skill: 0.99,
    inputUsdPerMillion: '2.50',
    outputUsdPerMillion: '10.00',
  },
  {
    venue: 'meridian',
    model: 'atlas-mini',
    family: 'atlas',
    skill: 0.97,
    inputUsdPerMillion: '0.40',
    outputUsdPerMillion: '1.60',
  },
  {
    venue: 'fjord',
    model: 'nimbus-70b',
    family: 'nimbus',
    skill: 0.95,
    inputUsdPerMillion: '0.18',
    outputUsdPerMillion: '0.72',
  },
  {
    venue: 'fjord',
    model: 'nimbus-8b',
    family: 'nimbus',
    skill: 0.78,
    inputUsdPerMillion: '0.05',
    outputUsdPerMillion: '0.08',
  },
];

export interface DemoUseCase {
  slug: string;
  team: string;
  prompt: string;
  cases: (count: number) => DemoCase[];
  grader: Grader;
  floor: number;
  candidates: string[];
  /** Calls after which the demo stops waiting for a verdict. */
  callsMax: number;
}

/** Limit of each use case's own monthly envelope. */
export const useCaseLimitUsd = '5';

export const baseline = 'meridian/atlas-xl';

export const useCases: readonly DemoUseCase[] = [
  {
    slug: 'support',
    team: 'care',
    prompt: supportPrompt,
    cases: supportCases,
    grader: { kind: 'exact', reference: 'suite', ignoreCase: true },
    floor: 0.88,
    candidates: ['meridian/atlas-mini', 'fjord/nimbus-70b', 'fjord/nimbus-8b'],
    callsMax: 1000,
  },
  {
    slug: 'rag',
    team: 'knowledge',
    prompt: ragPrompt,
    cases: ragCases,
    grader: { kind: 'numeric', reference: 'suite' },
    floor: 0.9,
    candidates: ['meridian/atlas-mini', 'fjord/nimbus-8b'],
    callsMax: 1000,
  },
  {
    slug: 'code',
    team: 'platform',
    prompt: codePrompt,
    cases: codeCases,
    grader: { kind: 'exact', reference: 'suite', ignoreCase: true },
    floor: 0.975,
    candidates: ['meridian/atlas-mini'],
    callsMax: 400,
  },
  {
    slug: 'batch-extraction',
    team: 'supply',
    prompt: extractionPrompt,
    cases: extractionCases,
    grader: { kind: 'json_schema', schema: extractionSchema, reference: 'suite' },
    floor: 0.65,
    candidates: ['fjord/nimbus-70b', 'fjord/nimbus-8b'],
    callsMax: 1000,
  },
];
