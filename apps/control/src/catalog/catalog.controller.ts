/** /api/catalog. A model's id holds slashes, so it is asked for as `?id=`. */
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  CatalogList,
  CatalogPost,
  CatalogProfile,
  CatalogPut,
  CatalogQuery,
  SpreadList,
} from '#contracts/api/catalog-api.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { listCatalog, putCatalog, readProfile, readSpreads } from './read-catalog.js';

@ApiTags('catalog')
@Controller('api/catalog')
export class CatalogController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: CatalogList })
  async list() {
    return CatalogList.encode({ items: await listCatalog(this.control) });
  }

  @Get('profile')
  @ApiOkResponse({ standardSchema: CatalogProfile })
  async profile(@Query({ schema: CatalogQuery }) { id }: { id: string }) {
    return CatalogProfile.encode(await readProfile(this.control, id));
  }

  @Get('spreads')
  @ApiOkResponse({ standardSchema: SpreadList, description: 'Dearest to cheapest compliant route, per use case.' })
  async spreads() {
    return SpreadList.encode({ items: await readSpreads(this.control) });
  }

  @Post()
  @HttpCode(200)
  @Allow('engineer', 'approver', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: CatalogPut })
  async put(@AskedBy() actor: Actor, @Body({ schema: CatalogPost }) body: CatalogPost) {
    return putCatalog(this.control, actor, body);
  }
}
