/** What is known of a route in each use case: the last word of the gate as it is declared now, or that nobody ever tried. */
import type { Guidance } from '#contracts/api/catalog-api.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import type { Verdict } from '#contracts/verdict.js';
import type { Route } from '#contracts/venue.js';

/** One line per use case and route. `verdicts`: the latest of each gate and candidate. */
export function guidanceOf(
  routes: readonly Route[],
  useCases: readonly PublishedUseCase[],
  verdicts: readonly Verdict[],
  nowMs: number,
): Guidance[] {
  return useCases.flatMap((useCase) => routes.map((route) => guidance(route, useCase, verdicts, nowMs)));
}

function guidance(route: Route, useCase: PublishedUseCase, verdicts: readonly Verdict[], nowMs: number): Guidance {
  const verdict = verdicts.find(
    (one) =>
      one.useCase === useCase.slug &&
      one.gate === useCase.gateHash &&
      one.baseline === useCase.baseline &&
      one.candidate === route.id &&
      one.revision === route.revision,
  );
  return {
    useCase: useCase.slug,
    route: route.id,
    word: route.id === useCase.baseline ? 'baseline' : wordOf(verdict, nowMs),
    verdict: verdict?.id ?? null,
    decidedAt: verdict?.decidedAt ?? null,
    samples: verdict?.samples ?? 0,
    floor: useCase.floor.absolute,
    mean: verdict?.criteria.find(({ kind }) => kind === 'absolute')?.mean ?? null,
  };
}

function wordOf(verdict: Verdict | undefined, nowMs: number): Guidance['word'] {
  if (!verdict) return 'never_tried';
  return verdict.verdict === 'cleared' && Date.parse(verdict.expiresAt) <= nowMs ? 'expired' : verdict.verdict;
}
