/** /api/plans and /api/subscriptions */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  PlanAnswer,
  PlanList,
  PlanPut,
  SubscriptionAnswer,
  SubscriptionList,
  SubscriptionPut,
  SubscriptionTeam,
} from '#contracts/api/plan-api.js';
import { Slug } from '#contracts/names.js';
import { Plan } from '#contracts/plan.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { deletePlan, deleteSubscription, putPlan, putSubscription } from './put-plan.js';

@ApiTags('plans')
@Controller('api')
export class PlansController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get('plans')
  @ApiOkResponse({ standardSchema: PlanList })
  async list() {
    return PlanList.encode({ items: await this.control.stores.plans.list() });
  }

  @Put('plans/:id')
  @Allow('engineer', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: PlanAnswer })
  async put(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Slug }) id: string,
    @Body({ schema: PlanPut }) body: PlanPut,
  ) {
    return PlanAnswer.encode(await putPlan(this.control, actor, planOf(id, body)));
  }

  @Delete('plans/:id')
  @HttpCode(204)
  @Allow('engineer', 'finance', 'admin')
  @ApiNoContentResponse()
  async delete(@AskedBy() actor: Actor, @Param('id', { schema: Slug }) id: string) {
    await deletePlan(this.control, actor, id);
  }

  @Get('subscriptions')
  @ApiOkResponse({ standardSchema: SubscriptionList })
  async listSubscriptions() {
    return SubscriptionList.encode({ items: await this.control.stores.subscriptions.list() });
  }

  @Put('subscriptions/:team')
  @Allow('engineer', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: SubscriptionAnswer })
  async subscribe(
    @AskedBy() actor: Actor,
    @Param('team', { schema: SubscriptionTeam }) team: string,
    @Body({ schema: SubscriptionPut }) body: SubscriptionPut,
  ) {
    return SubscriptionAnswer.encode(await putSubscription(this.control, actor, team, body));
  }

  @Delete('subscriptions/:team')
  @HttpCode(204)
  @Allow('engineer', 'finance', 'admin')
  @ApiNoContentResponse()
  async unsubscribe(@AskedBy() actor: Actor, @Param('team', { schema: SubscriptionTeam }) team: string) {
    await deleteSubscription(this.control, actor, team);
  }
}

/** What its fields say together is checked here, field by field on the way in. */
function planOf(id: string, body: PlanPut): Plan {
  const plan = Plan.safeParse({ id, ...PlanPut.encode(body) });
  if (plan.success) return plan.data;
  const issues = plan.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new ControlProblem(
    'invalid_request',
    issues.map(({ path, message }) => `${path}: ${message}`).join('; '),
    issues,
  );
}
