/** Tries an envelope on what the ledger says was done, before it is switched on. Asking changes nothing. */
import type { EnvelopeTrial, EnvelopeTrialPost } from '#contracts/api/envelope-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { Envelope, EnvelopePurpose } from '#contracts/envelope.js';
import { coverOf, coveringEnvelopes } from '#domain/envelope/covering-envelopes.js';
import { type TriedAttempt, tryEnvelope } from '#domain/envelope/try-envelope.js';
import { callKinds } from '#domain/ledger/call-entry.js';
import type { Corrected } from '#domain/ledger/correction.js';
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { archivedSince, recentCalls } from '../recent-calls.js';
import { requireZone } from './put-envelope.js';

const usualMs = 31 * 86_400_000;
/** Some two hundred megabytes. */
const attemptsMax = 1_000_000;

/** Throws `lines_archived` where lines of the period may be in an archive. */
export async function tryOnLedger(
  context: ControlContext,
  { from, to, ...put }: EnvelopeTrialPost,
): Promise<EnvelopeTrial> {
  const envelope: Envelope = { id: 'tried', ...put };
  requireZone(envelope);
  const toMs = to === undefined ? context.nowMs() : Date.parse(to);
  const fromMs = from === undefined ? toMs - usualMs : Date.parse(from);
  const missing = await archivedSince(context, fromMs);
  if (missing) {
    const message = `Lines recorded in ${missing} are archived; a trial needs all of its period.`;
    throw new ControlProblem('lines_archived', message);
  }
  const covers = await coverageOf(context, envelope);
  let withoutCeiling = 0;
  const keep = (record: CallRecord, corrected: Corrected | null): TriedAttempt | null => {
    if (record.outcome === 'refused' || Date.parse(record.admittedAt) >= toMs || !covers(record)) return null;
    const costNanoUsd = nanoCeil(record.costPicoUsd) + (corrected?.differenceNanoUsd ?? 0n);
    const known = record.envelopes.length > 0 ? record.heldNanoUsd : (record.ceilingNanoUsd ?? null);
    if (known === null) withoutCeiling += 1;
    return {
      admittedAtMs: Date.parse(record.admittedAt),
      endedAtMs: Date.parse(record.endedAt),
      ceilingNanoUsd: known ?? costNanoUsd,
      costNanoUsd,
      useCase: record.useCase,
    };
  };
  const { calls, capped } = await recentCalls(context, fromMs, keep, { kinds: callKinds, max: attemptsMax });
  return { ...trialOf(tryEnvelope(envelope, calls)), ...periodOf(fromMs, toMs), withoutCeiling, capped };
}

/** As the call path would have covered it, were everything enforced. */
async function coverageOf({ stores }: ControlContext, envelope: Envelope): Promise<(record: CallRecord) => boolean> {
  const models = new Map((await stores.routes.list()).map(({ definition }) => [definition.id, definition.model]));
  const covering = coveringEnvelopes([coverOf({ ...envelope, mode: 'enforce' })]);
  return (record) => {
    const { team, useCase, key, tag = null } = record;
    const model = models.get(record.route ?? '') ?? record.servedModel ?? '';
    return covering({ team, useCase, key, purpose: purposeOf(record), mode: 'enforce', model, tag }).length > 0;
  };
}

function purposeOf({ kind, replayOf }: CallRecord): EnvelopePurpose {
  if (kind === 'judge') return 'judge';
  return kind === 'shadow_replay' || replayOf !== null ? 'shadow' : 'live';
}

const periodOf = (fromMs: number, toMs: number) => ({
  from: new Date(fromMs).toISOString(),
  to: new Date(toMs).toISOString(),
});

function trialOf(
  tried: ReturnType<typeof tryEnvelope>,
): Omit<EnvelopeTrial, 'from' | 'to' | 'withoutCeiling' | 'capped'> {
  const pico = (nanoUsd: bigint) => nanoUsd * 1_000n;
  return {
    attempts: tried.attempts,
    refused: tried.refused,
    firstRefusedAt: tried.firstRefusedAtMs === null ? null : new Date(tried.firstRefusedAtMs).toISOString(),
    admittedPicoUsd: pico(tried.admittedNanoUsd),
    refusedPicoUsd: pico(tried.refusedNanoUsd),
    windows: tried.windows.map(({ settledNanoUsd, ...rest }) => ({ ...rest, settledPicoUsd: pico(settledNanoUsd) })),
    useCases: tried.useCases.map(({ refusedNanoUsd, ...rest }) => ({ ...rest, refusedPicoUsd: pico(refusedNanoUsd) })),
  };
}
