/** What became of a call, from the ledger alone: until its line has an index, the call is not known here. */
import type { Generation } from '#contracts/api/ledger-api.js';
import { AdjustmentBody } from '#contracts/entry-bodies.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { ApiKey } from '#contracts/key.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import type { ControlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';

/** Replays and judgements of a call are not what it cost. */
const boughtKinds: readonly CallRecord['kind'][] = ['call', 'attempt', 'hold_expiry'];

/** From certain to unknown. */
const bases = ['none', 'reported', 'estimated', 'unpriced'] as const;

/** A key sees its own calls only; whether others exist is not told. */
export async function findGeneration(
  { ledger, organisation }: ControlContext,
  id: string,
  asking: ApiKey | null,
): Promise<Generation> {
  const lines = (await ledger.findByCall(id)).filter(({ entry }) => entry.log === organisation);
  const adjustments = lines.flatMap(({ entry }) =>
    entry.kind === 'adjustment' ? AdjustmentBody.parse(entry.body) : [],
  );
  const records = lines
    .map(({ entry }) => callRecordOf(entry))
    .filter((record): record is CallRecord => record !== null && boughtKinds.includes(record.kind))
    .sort((left, right) => left.attempt - right.attempt);
  const last = records.findLast((record) => record.final) ?? records.at(-1);
  if (!last || (asking && last.key !== asking.id)) throw notFound(`call ${id} in the ledger yet`);
  const mine = new Set(records.map(({ attemptId }) => attemptId));
  const corrections = adjustments.filter(({ attemptId }) => mine.has(attemptId));
  const costPicoUsd =
    records.reduce((sum, record) => sum + record.costPicoUsd, 0n) +
    corrections.reduce((sum, { differencePicoUsd }) => sum + differencePicoUsd, 0n);
  // What a venue has reported is no estimate any more.
  const reconciled = new Set(corrections.flatMap(({ attemptId, capacity }) => (capacity ? [] : [attemptId])));
  const shares =
    records.reduce((sum, { capacity }) => sum + (capacity?.sharePicoUsd ?? 0n), 0n) +
    corrections.reduce((sum, { capacity }) => sum + (capacity?.shareDifferencePicoUsd ?? 0n), 0n);
  const basisOf = ({ attemptId, costBasis }: CallRecord) => (reconciled.has(attemptId) ? 'reported' : costBasis);
  const { useCase, mode, outcome, requestedModel, route, venue, servedModel } = last;
  const leastCertain = Math.max(...records.map((record) => bases.indexOf(basisOf(record))));
  return {
    ...{ id, useCase, mode, outcome, requestedModel, route, venue, servedModel },
    attempts: records.length,
    costPicoUsd,
    costUsd: costPicoUsd,
    fullyLoadedPicoUsd: costPicoUsd + shares,
    costBasis: bases[leastCertain] ?? 'unpriced',
    records,
  };
}
