/** /api/lanes */
import { Body, Controller, Delete, Get, HttpCode, Inject, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { LanesAnswer } from '#contracts/api/lane-api.js';
import { LaneTable } from '#contracts/lane.js';
import { lanesName } from '#postgres/admin/tariff.store.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Declared, deleteDefinition, putDefinition } from '../change-definition.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';

const declaredLanes: Declared<LaneTable> = {
  subject: 'lanes',
  store: (stores) => stores.lanes,
  wire: (lanes) => LaneTable.encode(lanes),
};

@ApiTags('lanes')
@Controller('api/lanes')
export class LanesController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get()
  @ApiOkResponse({ standardSchema: LanesAnswer })
  async find() {
    const stored = await this.control.stores.lanes.find(lanesName);
    if (!stored) throw notFound('table of lanes');
    return LanesAnswer.encode(stored);
  }

  @Put()
  @Allow('engineer', 'admin')
  @ApiOkResponse({ standardSchema: LanesAnswer })
  async put(@AskedBy() actor: Actor, @Body({ schema: LaneTable }) body: LaneTable) {
    return LanesAnswer.encode(await putDefinition(this.control, actor, declaredLanes, lanesName, () => body));
  }

  @Delete()
  @HttpCode(204)
  @Allow('engineer', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor) {
    if (!(await deleteDefinition(this.control, actor, declaredLanes, lanesName))) throw notFound('table of lanes');
  }
}
