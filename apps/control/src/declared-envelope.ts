/** How an envelope is declared, by itself or by a plan: a line with both its states, and the desk told before proxies. */
import { Envelope } from '#contracts/envelope.js';
import { DeskNotBuilt } from '#contracts/envelope-desk.js';
import { deskEnvelopes } from '#domain/envelope/desk-envelopes.js';
import { isPlanEnvelope } from '#domain/plans/plan-envelopes.js';
import type { Declared } from './change-definition.js';
import type { ControlContext } from './control-context.js';
import { ControlProblem } from './control-problem.js';

type DeskContext = Pick<ControlContext, 'desk' | 'nowMs' | 'log'>;

export const declaredEnvelope = (context: DeskContext): Declared<Envelope> => ({
  subject: 'envelope',
  store: (stores) => stores.envelopes,
  wire: (envelope) => Envelope.encode(envelope),
  line: (change, before, after) => ({
    kind: 'envelope_change',
    body: { ...change, before: before && Envelope.encode(before), after: after && Envelope.encode(after) },
  }),
  beforeCommit: (envelope) => tellDesk(context, envelope),
});

/** A desk that was never built, or lost everything, is built by the worker from what is declared: nothing to tell it. */
async function tellDesk({ desk, nowMs, log }: DeskContext, envelope: Envelope): Promise<void> {
  try {
    await desk.putEnvelopes(deskEnvelopes([envelope], nowMs()));
  } catch (error) {
    if (!(error instanceof DeskNotBuilt)) throw error;
    log.warn({ envelope: envelope.id }, 'the desk is not built yet; the worker will build it with this envelope');
  }
}

/** An envelope of a plan is changed by changing the plan. Throws `invalid_request`. */
export function requireOwnEnvelope(id: string): void {
  if (!isPlanEnvelope(id)) return;
  throw new ControlProblem('invalid_request', `${id} belongs to a plan: change the plan or the subscription.`);
}
