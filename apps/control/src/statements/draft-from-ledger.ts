/**
 * Drafts a statement from the ledger and the price books its lines name. Whoever has the same lines gets the same
 * figures: the statement says which lines (index range, and admission times within it) they are sums over.
 */
import type { StatementPost } from '#contracts/api/statement-api.js';
import type { CallRecord } from '#contracts/call-record.js';
import type { Statement } from '#contracts/statement.js';
import { CanaryTerms, type UseCase } from '#contracts/use-case.js';
import type { Route } from '#contracts/venue.js';
import type { Clearance } from '#contracts/verdict.js';
import { canaryOverridesOf } from '#domain/gate/canary-terms.js';
import { callKinds, callRecordOf } from '#domain/ledger/call-entry.js';
import { correctionKinds, correctionOf, Corrections } from '#domain/ledger/correction.js';
import { type PriceIndex, priceIndexOf } from '#domain/pricing/price-book.js';
import { draftStatement, type StatementDraft } from '#domain/savings/draft-statement.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { findEnforceProof } from '../find-enforce-proof.js';
import { archivedSince } from '../recent-calls.js';

const confidence = 0.95;

interface Range {
  records: CallRecord[];
  fromIndex: number;
  toIndex: number;
  /** Of those records. */
  corrections: Corrections;
  /** Overrides of this use case, in words. */
  overrides: string[];
}

/** Throws `not_found` for an unknown use case, `statement_empty` when no line falls into the period, `lines_archived` when some may be in an archive. */
export async function draftFromLedger(context: ControlContext, actor: Actor, asked: StatementPost): Promise<Statement> {
  const useCase = (await context.stores.useCases.find(asked.useCase))?.definition;
  const routes = new Map((await context.stores.routes.list()).map(({ definition }) => [definition.id, definition]));
  const baseline = routes.get(useCase?.baseline ?? '');
  if (!useCase || !baseline) throw notFound(`use case ${asked.useCase}`);
  const { clearances } = await findEnforceProof(context.stores, useCase.slug, context.nowMs());
  const range = await readRange(context, asked);
  const mode = modeOf(useCase);
  const priceBooks = await priceBooksOf(context, range.records);
  const input = {
    records: range.records,
    organisation: context.organisation,
    useCase: useCase.slug,
    mode,
    baseline,
    priceBooks,
    confidence,
    corrections: range.corrections,
  };
  const { proposed, draft } = bestOf(clearances, routes, (route) => draftStatement({ ...input, proposed: route }));
  return {
    schema: 'o10.statement.v2',
    ...draft.figures,
    id: context.newId(),
    organisation: context.organisation,
    useCase: useCase.slug,
    mode,
    state: 'draft',
    author: actor.name,
    createdAt: new Date(context.nowMs()).toISOString(),
    fromIndex: range.fromIndex,
    toIndex: range.toIndex,
    periodStart: asked.periodStart,
    periodEnd: asked.periodEnd,
    baseline: useCase.baseline,
    proposed: proposed?.id ?? null,
    verdicts: clearances.map((clearance) => clearance.verdict).sort(),
    overrides: [
      ...range.overrides,
      ...(await weakTerms(context, clearances)),
      ...canaryOverridesOf(useCase, CanaryTerms.parse({})),
    ],
  };
}

/** A use case that was switched off is stated for what it was: nothing was enforced, so what is known is shadow's. */
const modeOf = ({ mode }: UseCase): 'shadow' | 'enforce' => (mode === 'enforce' ? 'enforce' : 'shadow');

/** The cleared route with the largest estimated saving; none when none saves anything. */
function bestOf(
  clearances: Clearance[],
  routes: Map<string, Route>,
  drafted: (route: Route | null) => StatementDraft,
): { proposed: Route | null; draft: StatementDraft } {
  let best: { proposed: Route | null; draft: StatementDraft } = { proposed: null, draft: drafted(null) };
  for (const { candidate } of clearances) {
    const proposed = routes.get(candidate);
    if (!proposed) continue;
    const draft = drafted(proposed);
    const saving = best.proposed ? best.draft.figures.estimatedSavingPicoUsd : 0n;
    if (draft.figures.estimatedSavingPicoUsd > saving) best = { proposed, draft };
  }
  return best;
}

async function readRange({ ledger, organisation }: ControlContext, asked: StatementPost): Promise<Range> {
  const [startMs, endMs] = [Date.parse(asked.periodStart), Date.parse(asked.periodEnd)];
  const range: Range = { records: [], corrections: new Corrections(), fromIndex: -1, toIndex: -1, overrides: [] };
  const attempts = new Set<string>();
  const missing = await archivedSince({ ledger, organisation }, startMs);
  if (missing)
    throw new ControlProblem(
      'lines_archived',
      `Lines recorded in ${missing} are archived; a statement needs them all.`,
    );
  const kinds = [...callKinds, ...correctionKinds, 'override' as const];
  const lines = { fromIndex: 0, toIndex: await ledger.size(organisation), kinds, useCase: asked.useCase };
  for await (const { index, entry } of ledger.entries(organisation, lines)) {
    const corrected = correctionOf(entry);
    if (corrected) {
      // However late it came: it belongs to the attempt it corrects.
      if (!attempts.has(corrected.attemptId)) continue;
      range.corrections.add(entry);
      range.toIndex = index + 1;
      continue;
    }
    const record = callRecordOf(entry);
    const atMs = Date.parse(record?.admittedAt ?? entry.occurredAt);
    if (atMs < startMs || atMs >= endMs) continue;
    if (range.fromIndex < 0) range.fromIndex = index;
    range.toIndex = index + 1;
    if (record) {
      range.records.push(record);
      attempts.add(record.attemptId);
    } else
      range.overrides.push(
        `${entry.actor ?? 'nobody'} overrode the gate at ${entry.occurredAt}: ${String(entry.body['reason'])}`,
      );
  }
  if (range.records.length === 0)
    throw new ControlProblem('statement_empty', `The ledger has no call of ${asked.useCase} in that period yet.`);
  return range;
}

async function priceBooksOf({ stores }: ControlContext, records: CallRecord[]): Promise<Map<string, PriceIndex>> {
  const indexes = new Map<string, PriceIndex>();
  const hashes = new Set(records.flatMap(({ priceBook }) => (priceBook === null ? [] : [priceBook])));
  for (const hash of hashes) {
    const book = await stores.prices.byHash(hash);
    if (!book)
      throw new ControlProblem('not_found', `Calls of this period were priced by the book ${hash}, which is not here.`);
    indexes.set(hash, priceIndexOf(book));
  }
  return indexes;
}

async function weakTerms({ stores }: ControlContext, clearances: Clearance[]): Promise<string[]> {
  const verdicts = await Promise.all(clearances.map(({ verdict }) => stores.verdicts.find(verdict)));
  return verdicts.flatMap((verdict) => verdict?.overrides.map((words) => `${verdict.candidate}: ${words}`) ?? []);
}
