/**
 * Off and shadow at once, always. Enforce with proof; without it only when an approver or admin overrides, and then the
 * ledger says who and why.
 */
import type { ModeSwitch } from '#contracts/api/use-case-api.js';
import type { Role } from '#contracts/api/member-api.js';
import { CanaryTerms, type UseCase } from '#contracts/use-case.js';
import { canaryOverridesOf } from '#domain/gate/canary-terms.js';
import type { Stored } from '#postgres/admin/definition.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';
import { findEnforceProof } from '../find-enforce-proof.js';

const overriding: readonly Role[] = ['approver', 'admin'];

export async function switchMode(
  context: ControlContext,
  actor: Actor,
  slug: string,
  { mode, override }: ModeSwitch,
): Promise<Stored<UseCase>> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async (stores) => {
    const current = await stores.useCases.find(slug);
    if (!current) throw notFound(`use case ${slug}`);
    const from = current.definition.mode;
    if (from === mode) return { result: current, entries: [] };
    const proof = mode === 'enforce' ? await findEnforceProof(stores, slug, context.nowMs()) : null;
    const overridden = proof !== null && !proof.proven;
    if (overridden) requireOverride(actor, override, proof.missing);
    const reason = overridden ? (override?.reason ?? null) : null;
    const switched = await stores.useCases.switchMode(slug, mode, actor.name);
    const verdicts = proof?.clearances.map((clearance) => clearance.verdict) ?? [];
    const overrides = mode === 'enforce' ? canaryOverridesOf(current.definition, CanaryTerms.parse({})) : [];
    const body = { useCase: slug, from, to: mode, verdicts, statements: proof?.statements ?? [], reason, overrides };
    const entries = [lineOf(context, actor, 'mode_switch', body)];
    if (overridden) {
      const { role } = actor;
      entries.push(
        lineOf(context, actor, 'override', { useCase: slug, to: mode, reason, role, missing: proof.missing }),
      );
    }
    return { result: switched, entries };
  });
  return result;
}

function requireOverride(actor: Actor, override: ModeSwitch['override'], missing: string[]): void {
  if (!override) {
    const errors = missing.map((message) => ({ path: 'mode', message }));
    throw new ControlProblem('enforce_needs_proof', missing.join('; '), errors);
  }
  if (!overriding.includes(actor.role))
    throw new ControlProblem(
      'forbidden',
      `${actor.name} is ${actor.role}; to override takes ${overriding.join(' or ')}.`,
    );
}
