/** What the control API has, in its own words, and what of that people declared. */
import { isPlanEnvelope } from '#domain/plans/plan-envelopes.js';
import { askControl, type ControlClient, ControlRefused } from './ask-control.js';
import type { PriceRowWire, Wire } from './desired-state.js';

/** By name. */
export type Current = Map<string, Wire>;

export interface CurrentState {
  venues: Current;
  routes: Current;
  models: Current;
  lanes: Current;
  plans: Current;
  subscriptions: Current;
  useCases: Current;
  envelopes: Current;
  commitments: Current;
  suites: Current;
  prices: PriceRowWire[];
}

export async function readCurrent(client: ControlClient): Promise<CurrentState> {
  const items = async (path: string) =>
    ((await askControl(client, { method: 'GET', path })) as { items: Wire[] }).items;
  const named = (list: Wire[], key: string) => new Map(list.map((item) => [String(item[key]), item]));
  const definitions = async (path: string, key: string) =>
    named(
      (await items(path)).map((item) => item['definition'] as Wire),
      key,
    );
  const [latest] = await items('/api/prices/versions?count=1');
  const book = latest
    ? ((await askControl(client, { method: 'GET', path: '/api/prices' })) as { rows: PriceRowWire[] })
    : null;
  return {
    venues: named(await items('/api/venues'), 'id'),
    routes: await definitions('/api/routes', 'id'),
    models: named(await items('/api/models'), 'model'),
    lanes: await laneTable(client),
    plans: await definitions('/api/plans', 'id'),
    subscriptions: await definitions('/api/subscriptions', 'team'),
    useCases: await definitions('/api/use-cases', 'slug'),
    envelopes: ownEnvelopes(await definitions('/api/envelopes', 'id')),
    commitments: await definitions('/api/commitments', 'id'),
    suites: named(await items('/api/suites'), 'useCase'),
    prices: book?.rows ?? [],
  };
}

/** Those of plans come and go with their plans. */
const ownEnvelopes = (envelopes: Current): Current => new Map([...envelopes].filter(([id]) => !isPlanEnvelope(id)));

/** Under `table`; empty where none is declared. */
async function laneTable(client: ControlClient): Promise<Current> {
  try {
    const answer = (await askControl(client, { method: 'GET', path: '/api/lanes' })) as { definition: Wire };
    return new Map([['table', answer.definition]]);
  } catch (error) {
    if (error instanceof ControlRefused && error.status === 404) return new Map();
    throw error;
  }
}

/** Fields of a row, not of what was declared. */
const rowFields = new Set(['id', 'slug', 'mode', 'hasCredential', 'revision', 'updatedAt', 'updatedBy']);

/** A route's own `revision` and an envelope's `mode` are declared: they stand beside fields that no other row has. */
export const declaredOf = (item: Wire): Wire =>
  Object.fromEntries(Object.entries(item).filter(([key]) => !rowFields.has(key) || declaredBeside[key]?.(item)));

const declaredBeside: Record<string, (item: Wire) => boolean> = {
  revision: (item) => 'family' in item,
  mode: (item) => 'limitNanoUsd' in item,
};
