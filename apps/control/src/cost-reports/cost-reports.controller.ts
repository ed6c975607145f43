/** /api/cost-reports, and what takes a correction back: /api/ledger/reversals. */
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CostReportAnswer, CostReportPost, ReversalAnswer, ReversalPost } from '#contracts/api/cost-report-api.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { reverseCorrections } from './reverse-corrections.js';
import { takeCostReport } from './take-cost-report.js';

@ApiTags('ledger')
@Controller('api')
export class CostReportsController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Post('cost-reports')
  @HttpCode(200)
  @Allow('finance', 'admin')
  @ApiOkResponse({ standardSchema: CostReportAnswer })
  async post(@AskedBy() actor: Actor, @Body({ schema: CostReportPost }) body: CostReportPost) {
    return CostReportAnswer.encode(await takeCostReport(this.control, actor, body));
  }

  @Post('ledger/reversals')
  @HttpCode(200)
  @Allow('finance', 'admin')
  @ApiOkResponse({ standardSchema: ReversalAnswer })
  async reverse(@AskedBy() actor: Actor, @Body({ schema: ReversalPost }) body: ReversalPost) {
    return ReversalAnswer.encode(await reverseCorrections(this.control, actor, body));
  }
}
