/** One model at one venue, put together from facts, prices, declarations, evidence and measurements, each from its own place. */
import type { CatalogEndpoint, CatalogItem, CatalogProfile, Measured, Spread } from '#contracts/api/catalog-api.js';
import { type CatalogModel, type CatalogVenue, catalogIdOf } from '#contracts/catalog.js';
import type { PriceRow } from '#contracts/price.js';
import type { PublishedUseCase } from '#contracts/snapshot.js';
import type { Verdict } from '#contracts/verdict.js';
import type { Route, Venue } from '#contracts/venue.js';
import { guidanceOf } from './guide-routing.js';
import { shownPrices } from './price-tabs.js';

export interface CatalogSources {
  models: readonly CatalogModel[];
  venueFacts: readonly CatalogVenue[];
  venues: readonly Venue[];
  routes: readonly Route[];
  rows: readonly PriceRow[];
  priceBook: string | null;
  useCases: readonly PublishedUseCase[];
  verdicts: readonly Verdict[];
  measured: ReadonlyMap<string, Measured>;
  spreads: readonly Spread[];
  nowMs: number;
}

interface Offer {
  venue: string;
  model: string;
}

/** Every model that facts, routes or prices name, by id. */
export function listModels(sources: Pick<CatalogSources, 'models' | 'routes' | 'rows' | 'nowMs'>): CatalogItem[] {
  const offers = new Map([...sources.models, ...sources.routes, ...sources.rows].map((one) => [catalogIdOf(one), one]));
  const rowsOf = Map.groupBy(sources.rows, catalogIdOf);
  return [...offers]
    .map(([id, offer]) => itemOf(id, offer, sources, rowsOf.get(id) ?? []))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
}

function itemOf(
  id: string,
  { venue, model }: Offer,
  { models, routes, nowMs }: Pick<CatalogSources, 'models' | 'routes' | 'nowMs'>,
  rows: readonly PriceRow[],
): CatalogItem {
  const facts = models.find((one) => one.venue === venue && one.model === model);
  const { tabs } = shownPrices(rows, venue, model, nowMs);
  return {
    ...{ id, venue, model, name: facts?.name ?? model, type: facts?.type ?? null },
    tiers: tabs.map(({ tier }) => tier),
    routes: routes.filter((route) => route.venue === venue && route.model === model).map((route) => route.id),
    blendedPicoUsd: tabs[0]?.blendedPicoUsd ?? null,
    priced: tabs.length > 0,
  };
}

/** Null for a model nothing here knows of. `id`: `venue/model`; the tier of a route's id is left aside. */
export function profileModel(id: string, sources: CatalogSources): CatalogProfile | null {
  const { models, venueFacts, routes, rows, nowMs } = sources;
  const offer = [...models, ...routes, ...rows].find((one) => catalogIdOf(one) === id || idWithTier(one) === id);
  if (!offer) return null;
  const { venue, model } = offer;
  const own = routes.filter((route) => route.venue === venue && route.model === model);
  const prices = shownPrices(rows, venue, model, nowMs);
  const facts = models.find((one) => one.venue === venue && one.model === model) ?? null;
  const seller = venueFacts.find((one) => one.venue === venue) ?? null;
  return {
    ...{ id: catalogIdOf(offer), venue, model, facts, venueFacts: seller, ...prices },
    endpoints: endpointsOf(
      own,
      facts,
      seller,
      sources,
      prices.tabs.map(({ tier }) => tier),
    ),
    guidance: guidanceOf(own, sources.useCases, sources.verdicts, nowMs),
    spreads: sources.spreads.filter(({ compliant }) =>
      compliant.some((one) => own.some((route) => route.id === one.route)),
    ),
    asOf: new Date(nowMs).toISOString(),
    priceBook: sources.priceBook,
  };
}

const idWithTier = (one: Offer & { tier?: string }) =>
  one.tier && one.tier !== 'standard' ? `${one.venue}/${one.model}:${one.tier}` : null;

/** What routes use, then hosts that are only known of. */
function endpointsOf(
  own: readonly Route[],
  facts: CatalogModel | null,
  seller: CatalogVenue | null,
  { venues, measured }: CatalogSources,
  pricedTiers: readonly string[],
): CatalogEndpoint[] {
  const used = own.map((route): CatalogEndpoint => {
    const venue = venues.find((one) => one.id === route.venue);
    const { contextWindow, maxOutputTokens, capabilities, tier } = route;
    return {
      ...{
        route: route.id,
        venue: route.venue,
        host: venue?.baseUrl ?? '',
        tier,
        capabilities,
        contextWindow,
        maxOutputTokens,
      },
      jurisdiction: venue?.jurisdiction ?? null,
      retention: venue?.retention ?? null,
      priced: pricedTiers.includes(tier),
      measured: measured.get(route.id) ?? null,
    };
  });
  const known = (seller?.hosts ?? []).filter(({ url }) => !used.some(({ host }) => host.startsWith(url)));
  return [
    ...used,
    ...known.map(({ url, jurisdiction }): CatalogEndpoint => ({
      ...{ route: null, venue: seller!.venue, host: url, tier: null, jurisdiction, retention: seller!.retention },
      capabilities: facts?.capabilities ?? [],
      contextWindow: facts?.contextWindow ?? null,
      maxOutputTokens: facts?.maxOutputTokens ?? null,
      priced: pricedTiers.length > 0,
      measured: null,
    })),
  ];
}
