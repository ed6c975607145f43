/** Reads everything a page of the catalogue says. The published snapshot is what proxies choose by, so it is what is shown. */
import type { CatalogItem, CatalogPost, CatalogProfile, Spread } from '#contracts/api/catalog-api.js';
import { CatalogModel, CatalogVenue, catalogIdOf } from '#contracts/catalog.js';
import { Snapshot } from '#contracts/snapshot.js';
import { measureRoutes } from '#domain/catalog/measure-route.js';
import { type CatalogSources, listModels, profileModel } from '#domain/catalog/profile-model.js';
import { spreadOf } from '#domain/catalog/spread-of.js';
import { routingIndexOf } from '#domain/routing/routing-index.js';
import { recordChange } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { digestOf, lineOf } from '../ledger-line.js';
import { recentCalls } from '../recent-calls.js';

const monthMs = 30 * 24 * 3_600_000;

/** Null before the first snapshot was published. */
async function publishedSnapshot({ stores }: ControlContext): Promise<Snapshot | null> {
  const published = await stores.snapshots.latest();
  return published && Snapshot.decode(JSON.parse(published.body) as never);
}

export async function listCatalog(context: ControlContext): Promise<CatalogItem[]> {
  const snapshot = await publishedSnapshot(context);
  const models = await context.stores.catalog.models();
  return listModels({
    models,
    routes: snapshot?.routes ?? [],
    rows: snapshot?.prices.rows ?? [],
    nowMs: context.nowMs(),
  });
}

/** Throws `not_found`. */
export async function readProfile(context: ControlContext, id: string): Promise<CatalogProfile> {
  const profile = profileModel(id, await readSources(context));
  if (!profile) throw notFound(`model ${id} in the catalogue`);
  return profile;
}

export async function readSpreads(context: ControlContext): Promise<Spread[]> {
  return [...(await readSources(context)).spreads];
}

async function readSources(context: ControlContext): Promise<CatalogSources> {
  const { stores } = context;
  const nowMs = context.nowMs();
  const snapshot = await publishedSnapshot(context);
  const { calls } = await recentCalls(context, nowMs - monthMs, (record) => {
    const { route, venue, outcome, admittedAt, latencyMs, firstByteMs, stream, usage, useCase } = record;
    return { route, venue, outcome, admittedAt, latencyMs, firstByteMs, stream, usage, useCase };
  });
  const rows = snapshot?.prices.rows ?? [];
  const index = snapshot && routingIndexOf(snapshot);
  const worked = Map.groupBy(calls, ({ useCase }) => useCase);
  const spreads = [...(index?.useCases.values() ?? [])].map((useCase) =>
    spreadOf({ useCase, calls: worked.get(useCase.definition.slug) ?? [], prices: index!.prices, rows, nowMs }),
  );
  return {
    models: await stores.catalog.models(),
    venueFacts: await stores.catalog.venues(),
    ...{ venues: snapshot?.venues ?? [], routes: snapshot?.routes ?? [], useCases: snapshot?.useCases ?? [] },
    ...{ rows, priceBook: snapshot?.prices.hash ?? null, spreads, nowMs },
    verdicts: await stores.verdicts.latest(),
    measured: measureRoutes(calls, nowMs - monthMs, nowMs),
  };
}

/** Facts are replaced, one by one; what did not change is not written. Returns how many changed. */
export function putCatalog(
  context: ControlContext,
  actor: Actor,
  body: CatalogPost,
): Promise<{ models: number; venues: number }> {
  return recordChange(context.publishing, async ({ catalog }) => {
    const models = new Map(
      (await catalog.models()).map((one) => [catalogIdOf(one), digestOf(CatalogModel.encode(one))]),
    );
    const venues = new Map((await catalog.venues()).map((one) => [one.venue, digestOf(CatalogVenue.encode(one))]));
    const newModels = body.models.filter((one) => models.get(catalogIdOf(one)) !== digestOf(CatalogModel.encode(one)));
    const newVenues = body.venues.filter((one) => venues.get(one.venue) !== digestOf(CatalogVenue.encode(one)));
    for (const model of newModels) await catalog.putModel(model, actor.name);
    for (const venue of newVenues) await catalog.putVenue(venue, actor.name);
    const result = { models: newModels.length, venues: newVenues.length };
    if (newModels.length + newVenues.length === 0) return { result, entries: [] };
    const digest = digestOf([
      newModels.map((one) => CatalogModel.encode(one)),
      newVenues.map((one) => CatalogVenue.encode(one)),
    ]);
    const line = { subject: 'catalog', name: 'facts', action: 'put', ...result, digest };
    return { result, entries: [lineOf(context, actor, 'approval', line)] };
  });
}
