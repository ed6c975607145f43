/** Puts routes and the aliases that mean them. Every name they use must exist, or the snapshot is refused. */
import type { ModelAlias, RoutePut } from '#contracts/api/route-api.js';
import { Route, routeIdOf } from '#contracts/venue.js';
import type { Stored } from '#postgres/admin/definition.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import { type Declared, putDefinition } from '../change-definition.js';
import type { Actor, ControlContext } from '../control-context.js';
import { lineOf } from '../ledger-line.js';

export const declaredRoute: Declared<Route> = {
  subject: 'route',
  store: (stores) => stores.routes,
  wire: (route) => Route.encode(route),
};

export function putRoute(context: ControlContext, actor: Actor, body: RoutePut): Promise<Stored<Route>> {
  const id = routeIdOf(body);
  return putDefinition(context, actor, declaredRoute, id, () => ({ id, ...body }));
}

export async function putAlias(context: ControlContext, actor: Actor, alias: ModelAlias): Promise<void> {
  await publishSnapshot(context.publishing, actor.name, async ({ routes }) => {
    const before = (await routes.listAliases()).find(({ model }) => model === alias.model)?.route ?? null;
    if (before === alias.route) return { result: null, entries: [] };
    await routes.putAlias(alias, actor.name);
    const body = { subject: 'model_alias', name: alias.model, action: 'put', route: alias.route, before };
    return { result: null, entries: [lineOf(context, actor, 'approval', body)] };
  });
}

/** False when there was none. */
export async function deleteAlias(context: ControlContext, actor: Actor, model: string): Promise<boolean> {
  const { result } = await publishSnapshot(context.publishing, actor.name, async ({ routes }) => {
    const deleted = await routes.deleteAlias(model);
    const body = { subject: 'model_alias', name: model, action: 'delete' };
    return { result: deleted, entries: deleted ? [lineOf(context, actor, 'approval', body)] : [] };
  });
  return result;
}
