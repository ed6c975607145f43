/** /api/judges: may this judge gate, and the queue by which people find out. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { JudgeAdmission, LabelPost, LabelTaskAnswer } from '#contracts/api/judge-api.js';
import { Id, Slug } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { labelAnswer, nextLabelTask, readAdmission } from './label-answers.js';

@ApiTags('judges')
@Controller('api/judges')
export class JudgesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get(':useCase')
  @ApiOkResponse({ standardSchema: JudgeAdmission })
  async find(@Param('useCase', { schema: Slug }) useCase: string) {
    return JudgeAdmission.encode(await readAdmission(this.control, useCase));
  }

  @Get(':useCase/labels/next')
  @Allow('engineer', 'approver', 'admin')
  @ApiOkResponse({ standardSchema: LabelTaskAnswer })
  async next(@Param('useCase', { schema: Slug }) useCase: string) {
    return LabelTaskAnswer.encode({ task: await nextLabelTask(this.control, useCase) });
  }

  @Post('labels/:id')
  @HttpCode(200)
  @Allow('engineer', 'approver', 'admin')
  @ApiOkResponse({ standardSchema: JudgeAdmission })
  async label(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: LabelPost }) body: LabelPost,
  ) {
    return JudgeAdmission.encode(await labelAnswer(this.control, actor, id, body));
  }
}
