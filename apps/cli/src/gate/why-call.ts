/**
 * `o10 why`: the choice of one call, from its own record in the ledger, and the evidence as it stood when the call was
 * admitted. Later verdicts explain nothing about it.
 */
import { Generation } from '#contracts/api/ledger-api.js';
import { VerdictList } from '#contracts/api/statement-api.js';
import type { CallRecord, ConsideredRoute, Decision } from '#contracts/call-record.js';
import type { Verdict } from '#contracts/verdict.js';
import { askControl, type ControlClient } from '../configure/ask-control.js';
import { claimOf, boundsOf } from './describe-criterion.js';
import { columns, count } from './draw-text.js';

type Evidence = Pick<Verdict, 'id' | 'verdict' | 'decidedAt' | 'expiresAt' | 'samples'> & {
  criteria: Omit<Verdict['criteria'][number], 'histogram'>[];
};

export interface WhyCall {
  call: string;
  useCase: string;
  mode: string;
  admittedAt: string;
  requested: string | null;
  served: string | null;
  outcome: string;
  refusal: string | null;
  reason: Decision['reason'] | null;
  attempts: number;
  costPicoUsd: string;
  /** With its share of capacity that was paid for already. */
  fullyLoadedPicoUsd: string;
  /** `whyNot` is in words; null of the route that was taken. */
  considered: {
    route: string;
    expectedCostPicoUsd: string | null;
    taken: boolean;
    ineligible: ConsideredRoute['ineligible'];
    whyNot: string | null;
    evidence: Evidence | null;
  }[];
}

export async function whyCall(client: ControlClient, id: string): Promise<WhyCall> {
  const ask = (path: string) => askControl(client, { method: 'GET', path });
  const generation = Generation.parse(await ask(`/v1/generation?id=${encodeURIComponent(id)}`));
  const first = generation.records[0];
  if (!first) throw new Error(`call ${id} has no record`);
  const decided = generation.records.findLast(({ decision }) => decision !== null) ?? first;
  const { items } = VerdictList.parse(
    await ask(`/api/gates/verdicts?count=1000&useCase=${encodeURIComponent(generation.useCase)}`),
  );
  const { requestedModel: requested, route: served, useCase, mode, outcome } = generation;
  return {
    ...{ call: id, useCase, mode, requested, served, outcome },
    admittedAt: first.admittedAt,
    refusal: decided.refusal,
    reason: decided.decision?.reason ?? null,
    attempts: generation.attempts,
    costPicoUsd: generation.costPicoUsd.toString(),
    fullyLoadedPicoUsd: generation.fullyLoadedPicoUsd.toString(),
    considered: consideredOf(decided, served, items),
  };
}

function consideredOf(record: CallRecord, served: string | null, verdicts: readonly Verdict[]): WhyCall['considered'] {
  const { decision } = record;
  if (!decision) return [];
  return decision.considered.map((considered) => {
    const taken = considered.route === served;
    return {
      route: considered.route,
      expectedCostPicoUsd: considered.expectedCostPicoUsd?.toString() ?? null,
      taken,
      ineligible: considered.ineligible,
      whyNot: taken ? null : whyNot(considered, decision, record),
      evidence:
        considered.route === decision.baseline ? null : evidenceAt(record, considered.route, decision, verdicts),
    };
  });
}

/** The newest verdict on this route against this baseline before the call was admitted, of the call's own gate where known. They come newest first. */
function evidenceAt(
  { admittedAt, line }: CallRecord,
  route: string,
  { baseline }: Decision,
  verdicts: readonly Verdict[],
): Evidence | null {
  const known = verdicts.filter(
    (verdict) =>
      verdict.candidate === route &&
      verdict.baseline === baseline &&
      Date.parse(verdict.decidedAt) <= Date.parse(admittedAt),
  );
  const found = known.find(({ gate }) => gate === line?.gate) ?? known[0];
  if (!found) return null;
  const { id, verdict, decidedAt, expiresAt, samples, criteria } = found;
  return { id, verdict, decidedAt, expiresAt, samples, criteria: criteria.map(({ histogram: _, ...rest }) => rest) };
}

const inWords: Record<NonNullable<ConsideredRoute['ineligible']>, string> = {
  cannot_express: 'its protocol cannot express the call',
  modality: 'it does not take or give what the call asks for',
  context: 'the call is longer than it takes',
  not_approved: 'its model is not approved',
  residency: 'it runs outside the jurisdictions allowed',
  retention: 'it keeps more than is allowed',
  unpriced: 'its price is unknown',
  floor_not_cleared: 'it has not cleared the floor',
  evidence_expired: 'the proof that it clears the floor has expired',
  not_replayable: 'calls like this are never replayed, so nothing is proved of it',
  venue_down: 'its venue was down',
  not_deferrable:
    'it is a flex tier, the call did not ask for one, and its use case waits for the answer or streams it',
  pinned_elsewhere: 'the call was pinned to another route',
};

/** Why the route stayed, of one that could have served. */
const stayedFor: Partial<Record<Decision['reason'], string>> = {
  requested: 'the route asked for is served in this mode; this one is recorded beside it',
  not_ramped: 'this call was not among the share that takes the cleared route',
  session: 'its session stays on the route it has',
  pinned: 'the call was pinned to another route',
  not_comparable: 'the call asks for another model than the baseline, so the evidence does not speak of it',
  desk_down: 'the desk did not answer, and the baseline was served',
  fallback: 'another route served after a venue failed',
};

function whyNot(considered: ConsideredRoute, decision: Decision, record: CallRecord): string {
  const { ineligible, obstacle, expectedCostPicoUsd } = considered;
  if (ineligible !== null) return inWords[ineligible] + (obstacle === undefined ? '' : `: ${obstacle}`);
  if (record.route === null) return 'the call was refused';
  const stayed = stayedFor[decision.reason];
  if (stayed !== undefined) return stayed;
  const served = decision.considered.find(({ route }) => route === record.route)?.expectedCostPicoUsd ?? null;
  if (expectedCostPicoUsd !== null && served !== null && expectedCostPicoUsd > served) return 'it would have cost more';
  return 'another route came before it: cheaper, else faster, else first by name';
}

export function describeWhy(why: WhyCall): string[] {
  const refused = why.refusal === null ? '' : ` (${why.refusal})`;
  const loaded =
    why.fullyLoadedPicoUsd === why.costPicoUsd ? '' : `, fully loaded ${usdOf(BigInt(why.fullyLoadedPicoUsd))}`;
  const rows = why.considered.map(({ route, expectedCostPicoUsd, taken, whyNot: no, ineligible }) => [
    taken ? '→' : ' ',
    route,
    expectedCostPicoUsd === null ? 'unknown' : usdOf(BigInt(expectedCostPicoUsd)),
    taken ? 'taken' : `${no}${ineligible === null ? '' : ` (${ineligible})`}`,
  ]);
  return [
    `${why.call}: ${why.outcome}${refused} in ${why.mode}, use case ${why.useCase}, admitted ${why.admittedAt}`,
    `  asked for ${why.requested ?? 'no model'}, served by ${why.served ?? 'no route'}: ${why.reason ?? 'no choice was made'}`,
    `  cost ${usdOf(BigInt(why.costPicoUsd))}${loaded}`,
    ...(why.attempts > 1 ? [`  ${why.attempts} attempts`] : []),
    ...(rows.length > 0 ? columns([['', 'route', 'expected cost', ''], ...rows]).map((row) => `  ${row}`) : []),
    ...why.considered.flatMap(describeEvidence),
  ];
}

function describeEvidence({ route, evidence, taken }: WhyCall['considered'][number]): string[] {
  if (evidence === null) return [];
  const { id, verdict, decidedAt, expiresAt, samples, criteria } = evidence;
  return [
    '',
    `  ${taken ? 'the evidence behind' : 'the evidence on'} ${route}: ${verdict} on ${decidedAt} after ${count(samples)} calls, until ${expiresAt}`,
    ...criteria.map((criterion) => `    ${claimOf(criterion)}: ${boundsOf(criterion)}`),
    `    o10 gate explain ${id}`,
  ];
}

/** Dollars with the twelve decimals of a pico-dollar, without the zeros at the end. */
function usdOf(picoUsd: bigint): string {
  const digits = picoUsd.toString().padStart(13, '0');
  return `$${digits.slice(0, -12)}.${digits.slice(-12).replace(/0+$/, '') || '0'}`;
}
