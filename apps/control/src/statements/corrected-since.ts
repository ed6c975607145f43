/** What lines behind a statement's range correct of its calls: its figures stay, and another over its period has them. */
import type { StatementCorrections } from '#contracts/api/statement-api.js';
import type { Statement } from '#contracts/statement.js';
import { callKinds, callRecordOf } from '#domain/ledger/call-entry.js';
import { type Correction, correctionKinds, correctionOf } from '#domain/ledger/correction.js';
import type { ControlContext } from '../control-context.js';

const idsAtOnce = 1_000;

export async function correctedSince(
  { ledger, organisation }: Pick<ControlContext, 'ledger' | 'organisation'>,
  { useCase, fromIndex, toIndex, periodStart, periodEnd }: Statement,
): Promise<StatementCorrections> {
  const later: Correction[] = [];
  const range = { fromIndex: toIndex, toIndex: await ledger.size(organisation), kinds: [...correctionKinds], useCase };
  for await (const { entry } of ledger.entries(organisation, range)) {
    const correction = correctionOf(entry);
    if (correction) later.push(correction);
  }
  const [startMs, endMs] = [Date.parse(periodStart), Date.parse(periodEnd)];
  const ids = [...new Set(later.map(({ attemptId }) => attemptId))];
  const stated = new Set<string>();
  for (let from = 0; from < ids.length; from += idsAtOnce)
    for (const { index, entry } of await ledger.findByIds(organisation, callKinds, ids.slice(from, from + idsAtOnce))) {
      const atMs = Date.parse(callRecordOf(entry)?.admittedAt ?? '');
      if (index >= fromIndex && index < toIndex && atMs >= startMs && atMs < endMs) stated.add(entry.id);
    }
  const ofStated = later.filter(({ attemptId }) => stated.has(attemptId));
  return {
    lines: ofStated.length,
    differencePicoUsd: ofStated.reduce((sum, { differencePicoUsd }) => sum + differencePicoUsd, 0n),
  };
}
