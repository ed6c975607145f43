/** What became of a call, from the ledger alone: until its line has an index, the call is not known here. */
import type { Generation } from '#contracts/api/ledger-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { ApiKey } from '#contracts/key.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import { Corrections } from '#domain/ledger/correction.js';
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
  const corrections = new Corrections();
  for (const { entry } of lines) corrections.add(entry);
  const records = lines
    .map(({ entry }) => callRecordOf(entry))
    .filter((record): record is CallRecord => record !== null && boughtKinds.includes(record.kind))
    .sort((left, right) => left.attempt - right.attempt);
  const last = records.findLast((record) => record.final) ?? records.at(-1);
  if (!last || (asking && last.key !== asking.id)) throw notFound(`call ${id} in the ledger yet`);
  const corrected = records.map((record) => ({ record, by: corrections.of(record.attemptId) }));
  const sum = (of: (one: (typeof corrected)[number]) => bigint) =>
    corrected.reduce((total, one) => total + of(one), 0n);
  const costPicoUsd = sum(({ record, by }) => record.costPicoUsd + (by?.differencePicoUsd ?? 0n));
  const shares = sum(({ record, by }) => (record.capacity?.sharePicoUsd ?? 0n) + (by?.shareDifferencePicoUsd ?? 0n));
  const { useCase, mode, outcome, requestedModel, route, venue, servedModel } = last;
  // What a venue has reported is no estimate any more.
  const leastCertain = Math.max(
    ...corrected.map(({ record, by }) => bases.indexOf(by?.reported ? 'reported' : record.costBasis)),
  );
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
