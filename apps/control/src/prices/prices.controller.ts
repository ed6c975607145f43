/** /api/prices */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { PricePost, PriceVersion, PriceVersionList, UnpricedList } from '#contracts/api/price-api.js';
import { ListQuery } from '#contracts/api/stored.js';
import { Digest } from '#contracts/names.js';
import { PriceBook } from '#contracts/price.js';
import { listUnpriced } from '#domain/pricing/list-unpriced.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { recentCalls } from '../recent-calls.js';
import { publishPrices } from './publish-prices.js';

const monthMs = 30 * 24 * 3_600_000;

@ApiTags('prices')
@Controller('api/prices')
export class PricesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: PriceBook, description: 'The book in force.' })
  async current() {
    const book = await this.control.stores.prices.current();
    if (!book) throw notFound('price book yet');
    return PriceBook.encode(book);
  }

  @Get('unpriced')
  @ApiOkResponse({ standardSchema: UnpricedList, description: 'Calls of the last thirty days whose price is unknown.' })
  async unpriced() {
    const { nowMs } = this.control;
    const unknown = await recentCalls(this.control, nowMs() - monthMs, (record) =>
      record.costBasis === 'unpriced' ? record : null,
    );
    return UnpricedList.encode({ items: listUnpriced(unknown.calls) });
  }

  @Get('versions')
  @ApiOkResponse({ standardSchema: PriceVersionList })
  async versions(@Query({ schema: ListQuery }) { count }: ListQuery) {
    return PriceVersionList.encode({ items: await this.control.stores.prices.versions(count) });
  }

  @Get('versions/:hash')
  @ApiOkResponse({ standardSchema: PriceBook })
  async byHash(@Param('hash', { schema: Digest }) hash: string) {
    const book = await this.control.stores.prices.byHash(hash);
    if (!book) throw notFound(`price book ${hash}`);
    return PriceBook.encode(book);
  }

  @Post()
  @HttpCode(200)
  @Allow('engineer', 'approver', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: PriceVersion })
  async publish(@AskedBy() actor: Actor, @Body({ schema: PricePost }) { rows }: PricePost) {
    return PriceVersion.encode(await publishPrices(this.control, actor, rows));
  }
}
