/** Puts envelopes, and shows what is left. The desk hears of a limit before the snapshot names the envelope. */
import type { EnvelopeAnswer } from '#contracts/api/envelope-api.js';
import type { Envelope } from '#contracts/envelope.js';
import type { EnvelopeBalance } from '#contracts/envelope-desk.js';
import { burnRateOf, exhaustsAtMs, windowLengthMs } from '#domain/envelope/burn-rate.js';
import { countedIn } from '#domain/envelope/counted-in.js';
import { windowSpans } from '#domain/envelope/window-spans.js';
import type { Stored } from '#postgres/admin/definition.js';
import { putDefinition } from '../change-definition.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { declaredEnvelope } from '../declared-envelope.js';

type DeskContext = Pick<ControlContext, 'desk' | 'nowMs' | 'log'>;

export function putEnvelope(context: ControlContext, actor: Actor, envelope: Envelope): Promise<Stored<Envelope>> {
  requireZone(envelope);
  return putDefinition(context, actor, declaredEnvelope(context), envelope.id, () => envelope);
}

/** Throws `invalid_request`. */
export function requireZone({ window }: Pick<Envelope, 'window'>): void {
  try {
    windowSpans(window, 0, 1);
  } catch {
    const message = `"${window.zone}" is no IANA time zone`;
    throw new ControlProblem('invalid_request', message, [{ path: 'window.zone', message }]);
  }
}

type Watched = DeskContext & Pick<ControlContext, 'points'>;

const hour = 60;

export async function withBalances(context: Watched, stored: Stored<Envelope>[]): Promise<EnvelopeAnswer[]> {
  const ids = stored.map(({ definition }) => definition.id);
  const nowMs = context.nowMs();
  const balances = await context.desk.balances(ids).catch((error: unknown) => {
    context.log.warn({ error: String(error) }, 'no balances: the desk does not answer');
    return null;
  });
  const lately = await context.points.spentLately(ids, [hour], nowMs);
  return stored.map((row) => {
    const spentInAnHour = lately.get(row.definition.id)?.get(hour) ?? null;
    return { ...row, balance: balances && balanceNow(row.definition, balances, spentInAnHour, nowMs) };
  });
}

/** A window nothing was spent in has no balance at the desk, which is a balance of zero. */
function balanceNow(
  { id, window, limitNanoUsd }: Envelope,
  balances: EnvelopeBalance[],
  spentInAnHour: bigint | null,
  nowMs: number,
): EnvelopeAnswer['balance'] {
  const [span] = windowSpans(window, nowMs, 1);
  if (!span) return null;
  const own = balances.filter((balance) => balance.envelope === id);
  const counted = countedIn(span, own);
  const lengthMs = windowLengthMs(span);
  const rated = spentInAnHour !== null && lengthMs !== null && limitNanoUsd > 0n;
  const endsAtMs = span.also ? null : span.endsAtMs;
  const exhaustsAt = exhaustsAtMs(spentInAnHour ?? 0n, { limitNanoUsd, ...counted }, endsAtMs, nowMs);
  return {
    window: span.id,
    startsAt: new Date(span.startsAtMs).toISOString(),
    endsAt: span.endsAtMs === null ? null : new Date(span.endsAtMs).toISOString(),
    ...counted,
    burnRate: rated ? burnRateOf(spentInAnHour, hour, limitNanoUsd, lengthMs) : null,
    exhaustsAt: exhaustsAt === null ? null : new Date(exhaustsAt).toISOString(),
  };
}
