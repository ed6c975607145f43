/** What the file asks for, in the words of the control API: bodies of its requests, by kind and name. */
import type { z } from 'zod';
import { CommitmentPut } from '#contracts/api/commitment-api.js';
import { EnvelopePut } from '#contracts/api/envelope-api.js';
import { PlanPut, SubscriptionPut } from '#contracts/api/plan-api.js';
import { RoutePut } from '#contracts/api/route-api.js';
import { UseCasePut } from '#contracts/api/use-case-api.js';
import { VenuePut } from '#contracts/api/venue-api.js';
import { LaneTable } from '#contracts/lane.js';
import type { Configuration } from '#contracts/configuration.js';
import { PriceRow, type Tier, tiers } from '#contracts/price.js';
import type { Meter } from '#contracts/usage.js';
import type { ReadConfiguration } from './read-configuration.js';

export type Wire = Record<string, unknown>;
export type PriceRowWire = z.input<typeof PriceRow>;

export interface DesiredState {
  /** Without the credential. */
  venues: Map<string, Wire>;
  routes: Map<string, Wire>;
  models: Map<string, Wire>;
  /** Empty or one, as `table`. */
  lanes: Map<string, Wire>;
  plans: Map<string, Wire>;
  subscriptions: Map<string, Wire>;
  prices: PriceRowWire[];
  /** Mode null: left as it is. */
  useCases: Map<string, { definition: Wire; mode: string | null }>;
  envelopes: Map<string, Wire>;
  commitments: Map<string, Wire>;
}

export function desiredState({ configuration }: Pick<ReadConfiguration, 'configuration'>): DesiredState {
  const { venues, routes, models, lanes, plans, subscriptions, useCases, envelopes, commitments } = configuration;
  const mapped = <Section>(sections: Record<string, Section>, wire: (section: Section, name: string) => Wire) =>
    new Map(Object.entries(sections).map(([name, section]) => [name, wire(section, name)]));
  return {
    venues: mapped(venues, ({ key: _, ...venue }) => VenuePut.encode(venue)),
    routes: mapped(routes, (route, id) => RoutePut.encode({ ...placeOf(id), ...route })),
    models: mapped(models, (route, model) => ({ model, route })),
    lanes: new Map(lanes ? [['table', LaneTable.encode(lanes)]] : []),
    plans: mapped(plans, (plan) => PlanPut.encode(plan)),
    subscriptions: mapped(subscriptions, (subscription) => SubscriptionPut.encode(subscription)),
    prices: priceRows(configuration),
    useCases: new Map(
      Object.entries(useCases).map(([slug, { mode, ...useCase }]) => [
        slug,
        { definition: UseCasePut.encode(useCase), mode: mode ?? null },
      ]),
    ),
    envelopes: mapped(envelopes, ({ limit, ...envelope }) => EnvelopePut.encode({ ...envelope, limitNanoUsd: limit })),
    commitments: mapped(commitments, ({ periodUsd, ...terms }) =>
      CommitmentPut.encode({ ...terms, ...(periodUsd !== undefined && { periodPicoUsd: periodUsd }) }),
    ),
  };
}

/** Venue, model and tier of a route's id. A model may hold slashes and colons itself. */
export function placeOf(id: string): { venue: string; model: string; tier: Tier } {
  const slash = id.indexOf('/');
  const colon = id.lastIndexOf(':');
  const tier = tiers.find((name) => colon > slash && name !== 'standard' && name === id.slice(colon + 1));
  return { venue: id.slice(0, slash), model: id.slice(slash + 1, tier ? colon : undefined), tier: tier ?? 'standard' };
}

type PriceSection = Configuration['prices'][string][number];

/** In an order of their own, so that moving lines in the file makes no new book. */
function priceRows({ prices }: Configuration): PriceRowWire[] {
  const rows = Object.entries(prices).flatMap(([id, sections]) => sections.flatMap((section) => rowsOf(id, section)));
  return rows.sort((left, right) => (priceKey(left) < priceKey(right) ? -1 : 1));
}

function rowsOf(id: string, section: PriceSection): PriceRowWire[] {
  const { usdPerMillion = {}, usdPerUnit = {}, free = [], ...dates } = section;
  const row = (meter: Meter, ratePicoUsd: bigint, declaredFree?: true): PriceRowWire => {
    const parsed = PriceRow.safeEncode({
      ...placeOf(id),
      meter,
      ratePicoUsd,
      ...(declaredFree && { declaredFree }),
      ...dates,
    });
    if (parsed.success) return parsed.data;
    throw new Error(`The price of ${id} for ${meter}: ${parsed.error.issues[0]?.message}`);
  };
  const perMillion = entriesOf(usdPerMillion).map(([meter, picoUsd]) => {
    return row(meter, picoUsd / 1_000_000n);
  });
  const perUnit = entriesOf(usdPerUnit).map(([meter, picoUsd]) => row(meter, picoUsd));
  return [...perMillion, ...perUnit, ...free.map((meter) => row(meter, 0n, true))];
}

const entriesOf = (rates: Partial<Record<Meter, bigint>>) => Object.entries(rates) as [Meter, bigint][];

/** What a row is the price of, and from when: the same in every order of rows. */
export const priceKey = (row: PriceRowWire): string =>
  `${row.venue}/${row.model}:${row.tier ?? 'standard'} ${row.meter} above ${row.inputTokensAbove ?? 0} from ${row.validFrom}`;
