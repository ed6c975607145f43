/** /api/shadow/:useCase/plan */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ShadowPlanAnswer, ShadowPlanQuery } from '#contracts/api/shadow-api.js';
import { Slug } from '#contracts/names.js';
import { type ControlContext, controlContext } from '../control-context.js';
import { readShadowPlan } from './read-shadow-plan.js';

@ApiTags('shadow')
@Controller('api/shadow')
export class ShadowController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get(':useCase/plan')
  @ApiOkResponse({ standardSchema: ShadowPlanAnswer })
  async plan(
    @Param('useCase', { schema: Slug }) useCase: string,
    @Query({ schema: ShadowPlanQuery }) query: ShadowPlanQuery,
  ) {
    return ShadowPlanAnswer.encode(await readShadowPlan(this.control, useCase, query));
  }
}
