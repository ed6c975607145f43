/**
 * How enforced traffic goes on being checked: the ramp, the share that is graded, the draw. The draw is made before
 * there is an answer, and what it was made with is logged on the call.
 */
import { createHash } from 'node:crypto';
import type { CanaryTerms, Grader } from '#contracts/use-case.js';
import { partsOf } from './graders/check-grader.js';

/** Shares of traffic a proof climbs through; gate.md §4. */
export const rampSteps = [0.05, 0.25, 1] as const;
/** Canaries without a warning that each step takes. */
export const canariesPerStep = 100;
/** By how much a warning raises the share that is graded. */
export const warnedTimes = 5;
/** Before this has passed a demoted candidate is not tried again. */
export const coolDownMs = 24 * 3_600_000;

/** The line the desk numbers the canaries of one proof in; another proof of the same candidate starts another. */
export const canaryLineOf = (verdict: string): string =>
  createHash('sha256').update(`o10.canary.v1\u0000${verdict}`, 'utf8').digest('hex');

/** `callsPerDay` of the route; null: not known yet, so every call is graded until it is, where a minimum is asked for. */
export function scoredShareOf(
  { scoredShare, perDayMin }: CanaryTerms,
  callsPerDay: number | null,
  warned: boolean,
): number {
  const least = perDayMin === 0 ? 0 : callsPerDay === null || callsPerDay === 0 ? 1 : perDayMin / callsPerDay;
  return Math.min(1, Math.max(scoredShare, least) * (warned ? warnedTimes : 1));
}

/** Under this much is known of a route's traffic, nothing is concluded from it. */
const trafficKnownMs = 600_000;
const hourMs = 3_600_000;
export const trafficHours = 24;

/** [start of the hour, calls], oldest first, of the last day. */
export type Traffic = readonly (readonly [hourStartMs: number, calls: number])[];

export function countTraffic(traffic: Traffic, atMs: number, calls: number): [number, number][] {
  const hour = Math.floor(atMs / hourMs) * hourMs;
  const counted = traffic.map(([at, count]): [number, number] => [at, at === hour ? count + calls : count]);
  if (!counted.some(([at]) => at === hour)) counted.push([hour, calls]);
  return counted.filter(([at]) => at > hour - trafficHours * hourMs);
}

/** Null: too little is known. `sinceMs`: when the counting began. */
export function callsPerDayOf(traffic: Traffic, sinceMs: number, nowMs: number): number | null {
  const fromMs = Math.max(sinceMs, nowMs - trafficHours * hourMs);
  if (nowMs - fromMs < trafficKnownMs) return null;
  const calls = traffic.filter(([at]) => at + hourMs > fromMs).reduce((sum, [, count]) => sum + count, 0);
  return (calls * 24 * hourMs) / (nowMs - fromMs);
}

/** Whether an answer can only be graded beside the baseline's answer to the same call. */
export const asksBaseline = (grader: Grader): boolean =>
  partsOf(grader).some(
    (part) =>
      ('reference' in part && part.reference === 'baseline') || (part.kind === 'judge' && part.compare === 'pairwise'),
  );

export interface CanaryDraw {
  /** With which a call like this is graded. */
  probability: number;
  /** With which the baseline is asked too; null: not this time. */
  paired: number | null;
}

/** `uniform` in [0,1), drawn for this call alone. Null: not drawn. Every pair is graded, so that it measures both. */
export function drawCanary(
  { canary, grader }: { canary: CanaryTerms; grader: Grader },
  scoredShare: number,
  uniform: number,
): CanaryDraw | null {
  const probability = Math.max(scoredShare, canary.pairedShare);
  const pairedShare = asksBaseline(grader) ? probability : canary.pairedShare;
  if (uniform >= probability) return null;
  return { probability, paired: uniform < pairedShare ? pairedShare : null };
}

/** The first 52 bits of a cluster's digest as a number in [0,1): all turns of a session are on one side of the ramp. */
export const rampDrawOf = (cluster: string): number => Number.parseInt(cluster.slice(0, 13), 16) / 2 ** 52;

/** What of the terms is weaker than the defaults, in words; printed with every statement. */
export function canaryOverridesOf(
  { canary, rampShare }: { canary: CanaryTerms; rampShare: number | null },
  usual: CanaryTerms,
): string[] {
  const said: string[] = [];
  const percent = (share: number) => `${Math.round(share * 10_000) / 100} %`;
  if (rampShare !== null) said.push(`a ramp fixed at ${percent(rampShare)} instead of 5 → 25 → 100 %`);
  if (canary.scoredShare < usual.scoredShare)
    said.push(`${percent(canary.scoredShare)} of enforced answers graded instead of ${percent(usual.scoredShare)}`);
  if (canary.perDayMin < usual.perDayMin)
    said.push(`at least ${canary.perDayMin} enforced answers graded a day instead of ${usual.perDayMin}`);
  if (canary.pairedShare < usual.pairedShare)
    said.push(
      `the baseline asked on ${percent(canary.pairedShare)} of enforced calls instead of ${percent(usual.pairedShare)}`,
    );
  return said;
}
