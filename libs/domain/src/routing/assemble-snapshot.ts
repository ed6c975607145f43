/**
 * Makes the one value proxies choose by out of what people declared and what the gate found. A snapshot that breaks its
 * contract is never published: the answer is then the list of what is wrong, and the previous snapshot stays.
 */
import { createHash } from 'node:crypto';
import type { Enforcement } from '#contracts/enforcement.js';
import { PriceBook } from '#contracts/price.js';
import { type PublishedUseCase, Snapshot } from '#contracts/snapshot.js';
import type { AssembledSnapshot, SnapshotParts, SnapshotStamp } from '#contracts/snapshot-parts.js';
import type { AskedRoutes, UseCase } from '#contracts/use-case.js';
import type { Route } from '#contracts/venue.js';
import type { Clearance } from '#contracts/verdict.js';
import { coverOf } from '../envelope/covering-envelopes.js';
import { gateHashOf } from '../gate/gate-hash.js';
import { checkGrader, embeddingRoutesOf, judgeRoutesOf, asksSuiteOf } from '../gate/graders/check-grader.js';
import { admissionName, judgeKeyOf } from '../gate/judges/judge-key.js';
import { bootstrapShare } from '../shadow/plan-shadow.js';
import { suiteLineOf } from '../suite/suite-line.js';
import { priceBookHashOf, priceIndexOf } from '../pricing/price-book.js';
import { redactionProblems } from '../retention/redactor.js';

/** Deterministic: equal parts and stamp give equal bytes. */
export function assembleSnapshot(declared: SnapshotParts, stamp: SnapshotStamp): AssembledSnapshot {
  const parts = { ...declared, routes: placedRoutes(declared) };
  const useCases = publishedUseCases(parts);
  const problems = [...useCaseProblems(parts), ...priceProblems(parts), ...envelopeProblems(parts)];
  const snapshot: Snapshot = {
    contract: 1,
    ...stamp,
    venues: parts.venues,
    routes: parts.routes,
    models: parts.models,
    ...(parts.lanes && { lanes: parts.lanes }),
    ...(parts.plans?.length && { plans: parts.plans }),
    ...(parts.subscriptions?.length && { subscriptions: parts.subscriptions }),
    prices: parts.prices ?? { hash: priceBookHashOf([]), rows: [] },
    useCases,
    clearances: clearancesIn(parts, useCases),
    envelopes: parts.envelopes.map(coverOf),
    ...(parts.commitments?.length && { commitments: parts.commitments }),
  };
  const wire = Snapshot.safeEncode(snapshot);
  if (!wire.success || problems.length > 0) {
    const issues = wire.success ? [] : wire.error.issues.map((issue) => spelled(issue.path, issue.message));
    return { outcome: 'invalid', problems: [...new Set([...issues, ...problems])] };
  }
  const body = JSON.stringify(wire.data);
  const sha256 = createHash('sha256').update(body, 'utf8').digest('hex');
  return { outcome: 'assembled', published: { version: stamp.version, sha256, body } };
}

/** Routes at the revision evidence is about: the declared one, and how often the venue has moved since it has its name. */
const placedRoutes = ({ routes, venues }: Pick<SnapshotParts, 'routes' | 'venues'>): Route[] => {
  const moved = new Map(venues.flatMap(({ id, moves }) => (moves === undefined ? [] : [[id, moves] as const])));
  return routes.map((route) => {
    const moves = moved.get(route.venue);
    return moves === undefined ? route : { ...route, revision: `${route.revision.slice(0, 80)}, move ${moves}` };
  });
};

/**
 * The cleared candidates: the latest word on the gate as it is declared now, unless a demotion took it back. Expired ones stay in, so that the call path
 * can tell `evidence_expired` from `floor_not_cleared`; it compares the expiry itself, because snapshots grow old too.
 */
export function clearancesOf(declared: SnapshotParts): Clearance[] {
  const parts = { ...declared, routes: placedRoutes(declared) };
  return clearancesIn(parts, publishedUseCases(parts));
}

function clearancesIn(parts: SnapshotParts, useCases: PublishedUseCase[]): Clearance[] {
  const revisions = new Map(parts.routes.map((route) => [route.id, route.revision]));
  const declared = new Map(useCases.map((useCase) => [useCase.slug, useCase]));
  const latest = new Map<string, SnapshotParts['verdicts'][number]>();
  for (const verdict of parts.verdicts) {
    const useCase = declared.get(verdict.useCase);
    if (!useCase || verdict.gate !== useCase.gateHash || verdict.baseline !== useCase.baseline) continue;
    if (!useCase.candidates.includes(verdict.candidate)) continue;
    if (revisions.get(verdict.candidate) !== verdict.revision || !judgedFairly(useCase, parts)) continue;
    const key = `${verdict.useCase}|${verdict.candidate}`;
    const other = latest.get(key);
    if (!other || Date.parse(other.decidedAt) < Date.parse(verdict.decidedAt)) latest.set(key, verdict);
  }
  const floating = new Set(parts.routes.filter(isFloating).map(({ id }) => id));
  return [...latest.values()]
    .filter(({ id, verdict }) => verdict === 'cleared' && !parts.enforcements?.[id]?.demotedAt)
    .filter((cleared) => !failedOnSuite(cleared, parts))
    .map(({ id, gate, useCase, baseline, candidate, revision, expiresAt, terms }) => ({
      useCase,
      baseline,
      candidate,
      revision,
      verdict: id,
      expiresAt: floating.has(candidate) ? soonerExpiry(expiresAt, terms.evidenceExpiryDays) : expiresAt,
      ...freshness(parts, { gate, candidate, revision }),
      ...enforcementOf(parts.enforcements?.[id]),
    }));
}

const dayMs = 86_400_000;
/** A proof nobody has observed the candidate under for this long is not fresh; DESIGN §6, gate.md §4. */
const freshDays = 7;
/** A name behind which a venue may put other weights proves nothing for as long as a fixed one. */
const floatingExpiryDays = 7;

const isFloating = ({ floating, model }: Route): boolean => floating ?? /(?:^|[-_.@:/])latest$/u.test(model);

/** Counted from where the proof's own expiry is counted from. */
const soonerExpiry = (expiresAt: string, expiryDays: number): string =>
  new Date(Date.parse(expiresAt) - Math.max(0, expiryDays - floatingExpiryDays) * dayMs).toISOString();

function freshness(
  { observed = [] }: SnapshotParts,
  of: { gate: string; candidate: string; revision: string },
): Pick<Clearance, 'freshUntil'> {
  const last = observed.find(
    ({ gate, candidate, revision }) => gate === of.gate && candidate === of.candidate && revision === of.revision,
  );
  return last ? { freshUntil: new Date(Date.parse(last.observedAt) + freshDays * dayMs).toISOString() } : {};
}

/** A replay of the suite that failed after the proof takes it away: only newer evidence on live calls brings it back. */
const failedOnSuite = (cleared: SnapshotParts['verdicts'][number], { verdicts }: SnapshotParts): boolean =>
  verdicts.some(
    ({ gate, candidate, revision, verdict, decidedAt }) =>
      verdict === 'failed' &&
      gate === suiteLineOf(cleared.gate) &&
      candidate === cleared.candidate &&
      revision === cleared.revision &&
      Date.parse(decidedAt) > Date.parse(cleared.decidedAt),
  );

/** Where a judge decides, it must have passed its test; until then its verdicts inform and clear nothing. */
function judgedFairly({ slug, grader, gateCovers }: PublishedUseCase, parts: SnapshotParts): boolean {
  const key = judgeKeyOf(grader, gateCovers?.judges ?? []);
  return key === null || (parts.admittedJudges ?? []).includes(admissionName(slug, key));
}

const enforcementOf = (enforced: Enforcement | undefined): Pick<Clearance, 'enforcement'> =>
  enforced
    ? { enforcement: { rampShare: enforced.rampShare, scoredShare: enforced.scoredShare, warned: enforced.warned } }
    : {};

/** The gate binds the baseline's revision; an unknown baseline is reported by the contract, so any text will do here. */
function publishedUseCases(parts: SnapshotParts): PublishedUseCase[] {
  const revisions = new Map(parts.routes.map((route) => [route.id, route.revision]));
  return parts.useCases.map((useCase) => {
    const baselineRevision = revisions.get(useCase.baseline) ?? 'unknown';
    const suiteHash = asksSuite(useCase) ? (parts.suites[useCase.slug] ?? null) : null;
    const judges = askedRevisions(useCase.grader, (route) => revisions.get(route));
    const template = useCase.promptTemplate === undefined ? {} : { promptTemplate: useCase.promptTemplate };
    const gateHash = gateHashOf({
      useCase: useCase.slug,
      baseline: { route: useCase.baseline, revision: baselineRevision },
      grader: useCase.grader,
      floor: useCase.floor,
      terms: useCase.gate,
      suiteHash,
      judges,
      ...template,
    });
    const gateCovers = { baselineRevision, suiteHash, ...(judges.length > 0 && { judges }), ...template };
    const planned = parts.plannedShares?.[useCase.slug];
    const samplingShare = useCase.samplingShare ?? (planned?.gate === gateHash ? planned.share : bootstrapShare);
    return { ...useCase, samplingShare, gateHash, gateCovers };
  });
}

export const asksSuite = (useCase: Pick<UseCase, 'grader'>): boolean => asksSuiteOf(useCase.grader);

/** The routes a grader asks, with the revision each is at: another revision is another judge. */
export const askedRevisions = (
  grader: UseCase['grader'],
  revisionOf: (route: string) => string | undefined,
): AskedRoutes =>
  [...judgeRoutesOf(grader), ...embeddingRoutesOf(grader)].map((route) => ({
    route,
    revision: revisionOf(route) ?? 'unknown',
  }));

function useCaseProblems(parts: SnapshotParts): string[] {
  const problems: string[] = [];
  for (const useCase of parts.useCases) {
    if (useCase.candidates.includes(useCase.baseline))
      problems.push(`use case ${useCase.slug} names its baseline ${useCase.baseline} as a candidate too`);
    const fault = checkGrader(useCase.grader);
    if (fault !== null) problems.push(`use case ${useCase.slug}: ${fault}`);
    problems.push(...shapeProblems(useCase, parts.useCases));
    for (const wrong of redactionProblems(useCase.redaction ?? []))
      problems.push(`use case ${useCase.slug}: its redaction ${wrong}`);
    problems.push(...judgeProblems(useCase, parts));
    if (useCase.mode !== 'off' && asksSuite(useCase) && !parts.suites[useCase.slug])
      problems.push(`use case ${useCase.slug} is graded against its suite, and has none: upload one, or keep it off`);
  }
  return problems;
}

/** A call has one shape, and must not have two use cases. */
const shapeProblems = ({ slug, shapes = [] }: UseCase, all: UseCase[]): string[] =>
  shapes.flatMap((shape) =>
    all
      .filter((other) => other.slug < slug && other.shapes?.includes(shape))
      .map((other) => `use cases ${other.slug} and ${slug} both claim the calls of shape ${shape}`),
  );

/** A judge never grades a model of its own family: it would know its own hand. */
function judgeProblems({ slug, grader, baseline, candidates }: UseCase, { routes }: SnapshotParts): string[] {
  const byId = new Map(routes.map((route) => [route.id, route]));
  const judges = judgeRoutesOf(grader);
  const unknown = [...judges, ...embeddingRoutesOf(grader)].filter((route) => !byId.has(route));
  const kin = judges.flatMap((judge) =>
    [baseline, ...candidates]
      .filter((route) => byId.has(judge) && byId.get(route)?.family === byId.get(judge)?.family)
      .map((route) => `use case ${slug}: its judge ${judge} is of the family of ${route}, which it would grade`),
  );
  return [...unknown.map((route) => `use case ${slug}: its grader asks the unknown route ${route}`), ...kin];
}

function priceProblems(parts: SnapshotParts): string[] {
  if (!parts.prices) return [];
  const problems: string[] = [];
  const hash = priceBookHashOf(PriceBook.shape.rows.encode(parts.prices.rows));
  if (hash !== parts.prices.hash)
    problems.push(`the price book calls itself ${parts.prices.hash}, its rows hash to ${hash}`);
  try {
    priceIndexOf(parts.prices);
  } catch (error) {
    problems.push(`the price book contradicts itself: ${error instanceof Error ? error.message : String(error)}`);
  }
  return problems;
}

function envelopeProblems(parts: SnapshotParts): string[] {
  const useCases = new Set(parts.useCases.map((useCase) => useCase.slug));
  return parts.envelopes
    .filter(({ scope }) => scope.kind === 'use_case' && !useCases.has(scope.useCase))
    .map(({ id }) => `envelope ${id} covers an unknown use case`);
}

const spelled = (path: PropertyKey[], message: string) =>
  path.length ? `${path.map(String).join('.')}: ${message}` : message;
