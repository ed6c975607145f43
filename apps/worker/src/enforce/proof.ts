/** The proofs that are enforced: a cleared candidate of a use case in enforce, and what its alarms must be written with. */
import type { PublishedUseCase } from '#contracts/snapshot.js';
import type { RoutingIndex } from '#domain/routing/routing-index.js';

export interface EnforcedProof {
  useCase: PublishedUseCase;
  candidate: string;
  revision: string;
  verdict: string;
  line: string;
}

export function enforcedProofs(index: RoutingIndex): EnforcedProof[] {
  return [...index.useCases.values()]
    .filter(({ definition }) => definition.mode === 'enforce')
    .flatMap(({ definition, cleared }) =>
      [...cleared].map(([candidate, { verdict, canaryLine }]) => ({
        useCase: definition,
        candidate,
        revision: index.routes.get(candidate)?.route.revision ?? '',
        verdict,
        line: canaryLine,
      })),
    );
}
