/** Groups calls that named no use case by their shape. Pure: whoever has call records asks. */
import type { ProposedUseCase } from '#contracts/api/proposal-api.js';
import type { CallRecord } from '#contracts/call-record.js';

/** What is needed of a call; a refused call asked for nothing that could be proposed. */
export interface UnnamedCall {
  shape: string | null;
  route: string;
  team: string | null;
  costPicoUsd: bigint;
  admittedAt: string;
}

export const unnamedCallOf = (record: CallRecord): UnnamedCall | null =>
  record.route === null || record.outcome === 'refused'
    ? null
    : {
        shape: record.shape ?? null,
        route: record.route,
        team: record.team,
        costPicoUsd: record.costPicoUsd,
        admittedAt: record.admittedAt,
      };

/** The dearest first. `taken`: shapes that belong to a use case already, and are proposed no more. */
export function proposeUseCases(calls: readonly UnnamedCall[], taken: ReadonlySet<string>): ProposedUseCase[] {
  const open = calls.filter(({ shape }) => shape === null || !taken.has(shape));
  return [...Map.groupBy(open, ({ shape }) => shape)]
    .map(([shape, group]) => proposalOf(shape, group))
    .sort((one, other) => (one.costPicoUsd > other.costPicoUsd ? -1 : one.costPicoUsd < other.costPicoUsd ? 1 : 0));
}

function proposalOf(shape: string | null, group: UnnamedCall[]): ProposedUseCase {
  const routes = mostFirst(Map.groupBy(group, ({ route }) => route)).map(([route, calls]) => ({
    route,
    calls: calls.length,
    costPicoUsd: sumOf(calls),
  }));
  const teams = mostFirst(Map.groupBy(group, ({ team }) => team)).flatMap(([team]) => (team === null ? [] : [team]));
  const instants = group.map(({ admittedAt }) => admittedAt).sort();
  const [firstAt, lastAt] = [instants.at(0) ?? '', instants.at(-1) ?? ''];
  return { shape, calls: group.length, costPicoUsd: sumOf(group), routes, teams, firstAt, lastAt };
}

const sumOf = (calls: readonly UnnamedCall[]): bigint => calls.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);

const mostFirst = <Name>(groups: Map<Name, UnnamedCall[]>) =>
  [...groups].sort(([, one], [, other]) => other.length - one.length);
