/** Looks once more at what would really be dialled first, after mode, pin and fallback have had their say. */
import type { IneligibleReason } from '#contracts/call-record.js';
import type { Refusal, RefusalCode } from '#contracts/refusal.js';
import type { Policy } from '#contracts/use-case.js';
import { type CallNeeds, obstacleOf, policyAgainst } from './eligible.js';
import type { IndexedUseCase, PlacedRoute } from './routing-index.js';

interface Facts {
  needs: CallNeeds;
  useCase: IndexedUseCase | undefined;
}

/** Null: it may be dialled. Policy is applied last and wins; what cannot hear the call is not told a part of it. */
export function refusedFirst(first: PlacedRoute | undefined, facts: Facts, policy: Policy): Refusal | null {
  return first ? (policyRefusal(first, facts, policy) ?? speechlessRefusal(first, facts)) : null;
}

const policyCodes: Partial<Record<IneligibleReason, RefusalCode>> = {
  residency: 'residency_denied',
  retention: 'retention_denied',
  not_approved: 'model_not_approved',
};

function policyRefusal(first: PlacedRoute, { useCase }: Facts, policy: Policy): Refusal | null {
  if (policy.appliesIn === 'enforce' && useCase?.definition.mode !== 'enforce') return null;
  const reason = policyAgainst(first, policy);
  const code = reason && policyCodes[reason];
  if (!code) return null;
  const where = `${first.route.id} (${first.venue.jurisdiction ?? 'jurisdiction unknown'})`;
  return { code, message: `The policy of ${useCase?.definition.slug ?? 'this call'} does not allow ${where}.` };
}

function speechlessRefusal(first: PlacedRoute, { needs }: Facts): Refusal | null {
  const obstacle = obstacleOf(first, needs);
  if (obstacle === null) return null;
  const message = `${first.route.id} speaks ${first.venue.protocol}, in which this call cannot be said: ${obstacle}.`;
  const field = /^field:([\w.]+)$/.exec(obstacle)?.[1];
  return { code: 'cannot_express', message, param: field ?? 'model' };
}
