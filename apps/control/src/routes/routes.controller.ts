/** /api/routes and /api/models. A route's id holds slashes, so it is asked for as `?id=`. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  ModelAlias,
  ModelAliasList,
  ModelQuery,
  RouteAnswer,
  RouteList,
  RoutePut,
  RouteQuery,
} from '#contracts/api/route-api.js';
import { Allow, AskedBy } from '../access.guard.js';
import { deleteDefinition } from '../change-definition.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { declaredRoute, deleteAlias, putAlias, putRoute } from './put-route.js';

@ApiTags('routes')
@Controller('api')
export class RoutesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get('routes')
  @ApiOkResponse({ standardSchema: RouteList })
  async list() {
    return RouteList.encode({ items: await this.control.stores.routes.list() });
  }

  @Put('routes')
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: RouteAnswer })
  async put(@AskedBy() actor: Actor, @Body({ schema: RoutePut }) body: RoutePut) {
    return RouteAnswer.encode(await putRoute(this.control, actor, body));
  }

  @Delete('routes')
  @HttpCode(204)
  @Allow('engineer', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor, @Query({ schema: RouteQuery }) { id }: { id: string }) {
    if (!(await deleteDefinition(this.control, actor, declaredRoute, id))) throw notFound(`route ${id}`);
  }

  @Get('models')
  @ApiOkResponse({ standardSchema: ModelAliasList })
  async listAliases() {
    return ModelAliasList.encode({ items: await this.control.stores.routes.listAliases() });
  }

  @Put('models')
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: ModelAlias })
  async putAlias(@AskedBy() actor: Actor, @Body({ schema: ModelAlias }) alias: ModelAlias) {
    await putAlias(this.control, actor, alias);
    return ModelAlias.encode(alias);
  }

  @Delete('models')
  @HttpCode(204)
  @Allow('engineer', 'admin')
  @ApiNoContentResponse()
  async deleteAlias(@AskedBy() actor: Actor, @Query({ schema: ModelQuery }) { model }: { model: string }) {
    if (!(await deleteAlias(this.control, actor, model))) throw notFound(`alias ${model}`);
  }
}
