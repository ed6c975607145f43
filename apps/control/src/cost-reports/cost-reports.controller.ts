/** /api/cost-reports */
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CostReportAnswer, CostReportPost } from '#contracts/api/cost-report-api.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { takeCostReport } from './take-cost-report.js';

@ApiTags('ledger')
@Controller('api/cost-reports')
export class CostReportsController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Post()
  @HttpCode(200)
  @Allow('finance', 'admin')
  @ApiOkResponse({ standardSchema: CostReportAnswer })
  async post(@AskedBy() actor: Actor, @Body({ schema: CostReportPost }) body: CostReportPost) {
    return CostReportAnswer.encode(await takeCostReport(this.control, actor, body));
  }
}
