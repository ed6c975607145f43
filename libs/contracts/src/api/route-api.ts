/** Routes and model aliases over the API. A route's id holds slashes, so it travels in the body and the query. */
import { z } from 'zod';
import { ModelName, RouteId } from '../names.js';
import { Route } from '../venue.js';
import { listOf, rowFields } from './stored.js';

/** Body of `PUT /api/routes`. The id is made of venue, model and tier. */
export const RoutePut = z
  .object({
    venue: Route.shape.venue,
    model: Route.shape.model,
    tier: Route.shape.tier.default('standard'),
    region: Route.shape.region,
    jurisdiction: Route.shape.jurisdiction,
    revision: Route.shape.revision,
    family: Route.shape.family,
    contextWindow: Route.shape.contextWindow,
    maxOutputTokens: Route.shape.maxOutputTokens,
    capabilities: Route.shape.capabilities.default([]),
    latencyMsP50: Route.shape.latencyMsP50.default(null),
  })
  .meta({ id: 'RoutePut' });
export type RoutePut = z.output<typeof RoutePut>;

export const RouteAnswer = z.object({ definition: Route, ...rowFields }).meta({ id: 'RouteAnswer' });
export const RouteList = listOf(RouteAnswer).meta({ id: 'RouteList' });
export const RouteQuery = z.object({ id: RouteId });

/** Body of `PUT /api/models`. */
export const ModelAlias = z.object({ model: ModelName, route: RouteId }).meta({ id: 'ModelAlias' });
export type ModelAlias = z.output<typeof ModelAlias>;
export const ModelAliasList = listOf(ModelAlias).meta({ id: 'ModelAliasList' });
export const ModelQuery = z.object({ model: ModelName });
