/** /api/bill */
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { BillQuery } from '#contracts/api/plan-api.js';
import { Bill } from '#contracts/bill.js';
import type { ApiKey } from '#contracts/key.js';
import { AskedByKey, KeysToo } from '../access.guard.js';
import { type ControlContext, controlContext } from '../control-context.js';
import { readBill } from './read-bill.js';

@ApiTags('plans')
@Controller('api/bill')
export class BillController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @KeysToo()
  @ApiOkResponse({ standardSchema: Bill })
  async bill(@Query({ schema: BillQuery }) query: BillQuery, @AskedByKey() key: ApiKey | null) {
    return Bill.encode(await readBill(this.control, key ? { ...query, team: key.team } : query));
  }
}
