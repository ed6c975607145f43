/** /api/prices/imports and /api/prices/changes */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  PriceApproval,
  PriceChange,
  PriceChangeList,
  PriceChangeQuery,
  PriceImportPost,
  PriceImportQuery,
  PriceRejection,
} from '#contracts/api/price-intake-api.js';
import { Id } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { approveChange, rejectChange } from './decide-change.js';
import { importPrices } from './import-prices.js';
import { summaryOf } from './summarise-change.js';

@ApiTags('prices')
@Controller('api/prices')
export class PriceIntakeController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Post('imports')
  @HttpCode(200)
  @Allow('engineer', 'approver', 'finance', 'admin')
  @ApiOkResponse({
    standardSchema: PriceChange,
    description: 'What waits for a second person. No row: nothing differs.',
  })
  async import(
    @AskedBy() actor: Actor,
    @Body({ schema: PriceImportPost }) body: PriceImportPost,
    @Query({ schema: PriceImportQuery }) { dryRun }: PriceImportQuery,
  ) {
    return PriceChange.encode(await importPrices(this.control, actor, body, dryRun === 'true'));
  }

  @Get('changes')
  @ApiOkResponse({ standardSchema: PriceChangeList })
  async changes(@Query({ schema: PriceChangeQuery }) { state, count }: PriceChangeQuery) {
    const items = (await this.control.stores.priceIntake.changes(state ?? null, count)).map(summaryOf);
    return PriceChangeList.encode({ items });
  }

  @Get('changes/:id')
  @ApiOkResponse({ standardSchema: PriceChange })
  async find(@Param('id', { schema: Id }) id: string) {
    const change = await this.control.stores.priceIntake.find(id);
    if (!change) throw notFound(`price change ${id}`);
    return PriceChange.encode(change);
  }

  @Post('changes/:id/approval')
  @HttpCode(200)
  @Allow('approver', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: PriceChange })
  async approve(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: PriceApproval }) body: PriceApproval,
  ) {
    return PriceChange.encode(await approveChange(this.control, actor, id, body));
  }

  @Post('changes/:id/rejection')
  @HttpCode(200)
  @Allow('approver', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: PriceChange })
  async reject(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: PriceRejection }) { reason }: { reason: string },
  ) {
    return PriceChange.encode(await rejectChange(this.control, actor, id, reason));
  }
}
