/**
 * What lets a use case be enforced: a candidate that cleared the gate as it is declared now, with evidence that has not
 * expired, and a statement finance signed that covers that very verdict.
 */
import type { EnforceProof } from '#contracts/api/use-case-api.js';
import { admissionName } from '#domain/gate/judges/judge-key.js';
import { clearancesOf } from '#domain/routing/assemble-snapshot.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import { notFound } from './control-problem.js';

type Reading = Pick<
  AdminStores,
  'useCases' | 'venues' | 'routes' | 'suites' | 'verdicts' | 'judges' | 'enforcements' | 'statements'
>;

/** Throws `not_found` for an unknown use case. */
export async function findEnforceProof(stores: Reading, slug: string, nowMs: number): Promise<EnforceProof> {
  const useCase = (await stores.useCases.find(slug))?.definition;
  if (!useCase) throw notFound(`use case ${slug}`);
  const suite = await stores.suites.current(slug);
  const valid = clearancesOf({
    venues: (await stores.venues.list()).map((venue) => venue.definition),
    routes: (await stores.routes.list()).map((route) => route.definition),
    models: {},
    prices: null,
    useCases: [useCase],
    suites: suite ? { [slug]: suite.hash } : {},
    verdicts: (await stores.verdicts.latest()).filter((verdict) => verdict.useCase === slug),
    enforcements: await stores.enforcements.all(),
    admittedJudges: (await stores.judges.list()).map(({ useCase: of, judgeKey }) => admissionName(of, judgeKey)),
    envelopes: [],
  }).filter((clearance) => Date.parse(clearance.expiresAt) > nowMs);
  const verdicts = new Set(valid.map((clearance) => clearance.verdict));
  const statements = (await stores.statements.signed(slug))
    .filter(({ definition }) => definition.verdicts.some((verdict) => verdicts.has(verdict)))
    .map(({ definition }) => definition.id);
  const missing = [
    ...(valid.length === 0 ? [`no candidate of ${slug} is cleared with evidence that has not expired`] : []),
    ...(statements.length === 0 ? [`no signed statement of ${slug} covers the verdict of a cleared candidate`] : []),
  ];
  const expiresAt =
    valid
      .map((clearance) => clearance.expiresAt)
      .sort()
      .at(-1) ?? null;
  return { useCase: slug, proven: missing.length === 0, clearances: valid, statements, expiresAt, missing };
}
