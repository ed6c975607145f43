/** /api/commitments */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CapacityPeriodList, CommitmentAnswer, CommitmentList, CommitmentPut } from '#contracts/api/commitment-api.js';
import { Slug } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { deleteCommitment, periodAnswer, putCommitment, withUse } from './put-commitment.js';

/** Two days of hours. */
const periodsShown = 48;

@ApiTags('commitments')
@Controller('api/commitments')
export class CommitmentsController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: CommitmentList })
  async list() {
    return CommitmentList.encode({ items: await withUse(this.control, await this.control.stores.commitments.list()) });
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: CommitmentAnswer })
  async find(@Param('id', { schema: Slug }) id: string) {
    const stored = await this.control.stores.commitments.find(id);
    if (!stored) throw notFound(`commitment ${id}`);
    const [answer] = await withUse(this.control, [stored]);
    return CommitmentAnswer.encode(answer!);
  }

  @Get(':id/periods')
  @ApiOkResponse({ standardSchema: CapacityPeriodList })
  async periods(@Param('id', { schema: Slug }) id: string) {
    const periods = await this.control.capacity.of(id, periodsShown);
    const items = periods.map((period) => periodAnswer(period, this.control.nowMs()));
    return CapacityPeriodList.encode({ items });
  }

  @Put(':id')
  @Allow('engineer', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: CommitmentAnswer })
  async put(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Slug }) id: string,
    @Body({ schema: CommitmentPut }) body: CommitmentPut,
  ) {
    const stored = await putCommitment(this.control, actor, { id, ...body });
    const [answer] = await withUse(this.control, [stored]);
    return CommitmentAnswer.encode(answer!);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('engineer', 'finance', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor, @Param('id', { schema: Slug }) id: string) {
    if (!(await deleteCommitment(this.control, actor, id))) throw notFound(`commitment ${id}`);
  }
}
