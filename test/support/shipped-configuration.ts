/** The configuration that ships, as a snapshot would hold it; credentials and prices apart. */
import { resolve } from 'node:path';
import { RoutePut } from '#contracts/api/route-api.js';
import { VenuePut } from '#contracts/api/venue-api.js';
import type { Snapshot } from '#contracts/snapshot.js';
import { routeIdOf } from '#contracts/venue.js';
import { placeOf } from '../../apps/cli/src/configure/desired-state.js';
import { readConfiguration } from '../../apps/cli/src/configure/read-configuration.js';

const file = resolve(import.meta.dirname, '../../prisma/seed/o10.yaml');

/** Stands for an environment in which every key is set. */
const everyKey = new Proxy<Record<string, string>>({}, { get: () => 'secret' });

export async function shippedSnapshot(): Promise<Pick<Snapshot, 'venues' | 'routes' | 'models' | 'lanes'>> {
  const { configuration } = await readConfiguration(file, everyKey);
  const { venues, routes, models, lanes } = configuration;
  return {
    venues: Object.entries(venues).map(([id, { key: _, ...venue }]) => {
      const { credential: __, ...row } = VenuePut.parse(venue);
      return { id, ...row, sealedCredential: null };
    }),
    routes: Object.entries(routes).map(([id, section]) => {
      const route = RoutePut.parse({ ...placeOf(id), ...section });
      return { id: routeIdOf(route), ...route };
    }),
    models,
    ...(lanes && { lanes }),
  };
}
