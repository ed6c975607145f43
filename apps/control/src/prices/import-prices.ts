/**
 * Takes the claims of a file and makes a change of them that waits for a second person. Nothing is priced by it yet: the
 * book, and with it every proxy, stays as it is.
 */
import { PriceChange, PriceClaim, type PriceFinding, type PriceImportPost } from '#contracts/api/price-intake-api.js';
import { PriceBook, type PriceRow } from '#contracts/price.js';
import { checkClaims } from '#domain/price-intake/check-claims.js';
import { type ChangeFound, differencesOf } from '#domain/price-intake/price-differences.js';
import { effectOf } from '#domain/price-intake/price-effect.js';
import { bookWith } from '#domain/price-intake/price-timeline.js';
import { seedAuthor, seedDigest, seedSource } from '#domain/price-intake/seed-digest.js';
import { priceBookHashOf, priceIndexOf } from '#domain/pricing/price-book.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import { recordChange } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { digestOf, lineOf } from '../ledger-line.js';
import { recentCalls } from '../recent-calls.js';

const monthMs = 30 * 24 * 3_600_000;

/** The change as it waits; with `dryRun` as it would wait. */
export async function importPrices(
  context: ControlContext,
  actor: Actor,
  body: PriceImportPost,
  dryRun: boolean,
): Promise<PriceChange> {
  const submittedBy = authorOf(actor, body);
  const change = await proposedChange(context, context.stores, submittedBy, body);
  if (dryRun || change.differences.length === 0) return change;
  const { source, fileSha256, claims } = body;
  return recordChange(context.publishing, async ({ priceIntake }) => {
    await priceIntake.keepImport({ source, fileSha256, claims, submittedAt: change.submittedAt, submittedBy });
    await priceIntake.add(change);
    const digest = digestOf(PriceChange.encode(change));
    const line = {
      subject: 'price_change',
      name: change.id,
      action: 'put',
      state: 'pending',
      digest,
      source,
      fileSha256,
    };
    return { result: change, entries: [lineOf(context, actor, 'approval', line)] };
  });
}

/** The shipped book was written by whoever made the release: its author is the product, and who runs it the second person. */
function authorOf(actor: Actor, { source, claims }: PriceImportPost): string {
  if (source !== seedSource) return actor.name;
  if (digestOf(claims.map((claim) => PriceClaim.encode(claim))) === seedDigest) return seedAuthor;
  throw new ControlProblem(
    'invalid_request',
    `The source ${seedSource} is kept for the price book this release ships.`,
  );
}

async function proposedChange(
  context: ControlContext,
  stores: AdminStores,
  submittedBy: string,
  body: PriceImportPost,
): Promise<PriceChange> {
  const book = await stores.prices.current();
  const rows = book?.rows ?? [];
  const sightings = (await stores.priceIntake.importsBeside(body.source)).flatMap(({ source, claims }) =>
    claims.map((claim) => ({ source, claim })),
  );
  const found = differencesOf({
    rows,
    source: body.source,
    claims: body.claims,
    findings: [...body.findings, ...checkClaims(body.claims)],
    sightings,
    wanted: body.everything ? () => true : await wantedModels(stores, rows),
  });
  const { source, format, file, fileSha256 } = body;
  return {
    ...{ id: context.newId(), state: 'pending', source, format, file, fileSha256, submittedBy },
    submittedAt: new Date(context.nowMs()).toISOString(),
    base: book?.hash ?? null,
    ...found,
    findings: found.findings.slice(0, 5_000),
    effect: await effectOfChange(context, rows, found),
    ...{ decidedBy: null, decidedAt: null, reason: null, accepted: [], priceBook: null },
  };
}

/** Models that a route names, and those the book has a price of already. */
async function wantedModels(
  stores: AdminStores,
  rows: readonly PriceRow[],
): Promise<(about: Pick<PriceFinding, 'venue' | 'model'>) => boolean> {
  const routes = (await stores.routes.list()).map(({ definition }) => definition);
  const names = new Set([...routes, ...rows].map(({ venue, model }) => `${venue}/${model}`));
  return ({ venue, model }) => names.has(`${venue}/${model}`);
}

async function effectOfChange(context: ControlContext, rows: PriceRow[], { differences }: ChangeFound) {
  const nowMs = context.nowMs();
  const { calls, capped } = await recentCalls(
    context,
    nowMs - monthMs,
    ({ usage, route, venue, tier, servedModel }) => ({
      ...{ usage, route, venue, tier, servedModel },
    }),
  );
  const open = differences.filter(({ state }) => state !== 'refused').map(({ row }) => row);
  const lastFromMs = Math.max(nowMs, ...open.map((row) => Date.parse(row.validFrom)));
  const frame = { from: new Date(nowMs - monthMs).toISOString(), to: new Date(nowMs).toISOString(), capped };
  const before = { index: indexOf(rows), instantMs: nowMs };
  return effectOf(calls, before, { index: indexOf(bookWith(rows, open)), instantMs: lastFromMs }, frame);
}

function indexOf(rows: PriceRow[]) {
  return priceIndexOf({ hash: priceBookHashOf(PriceBook.shape.rows.encode(rows)), rows });
}
