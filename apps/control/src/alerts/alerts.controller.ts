/** /api/alerts: what envelopes had to say. /api/webhooks: whom it is told. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AlertList, WebhookAnswer, WebhookList, WebhookPut } from '#contracts/api/alert-api.js';
import { ListQuery } from '#contracts/api/stored.js';
import { Slug } from '#contracts/names.js';
import { Allow, AskedBy } from '../access.guard.js';
import { type Actor, type ControlContext, controlContext } from '../control-context.js';
import { notFound } from '../control-problem.js';
import { putWebhook } from './put-webhook.js';

@ApiTags('alerts')
@Controller('api')
export class AlertsController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get('alerts')
  @ApiOkResponse({ standardSchema: AlertList })
  async alerts(@Query({ schema: ListQuery }) { count }: ListQuery) {
    return AlertList.encode({ items: await this.control.alerts.newest(count) });
  }

  @Get('webhooks')
  @ApiOkResponse({ standardSchema: WebhookList })
  async webhooks() {
    return WebhookList.encode({ items: (await this.control.webhooks.list()).map(({ id, url }) => ({ id, url })) });
  }

  @Put('webhooks/:id')
  @Allow('engineer', 'finance', 'admin')
  @ApiOkResponse({ standardSchema: WebhookAnswer })
  async put(
    @AskedBy() actor: Actor,
    @Param('id', { schema: Slug }) id: string,
    @Body({ schema: WebhookPut }) body: WebhookPut,
  ) {
    return WebhookAnswer.encode(await putWebhook(this.control, actor, { id, ...body }));
  }

  @Delete('webhooks/:id')
  @HttpCode(204)
  @Allow('engineer', 'finance', 'admin')
  @ApiNoContentResponse()
  async delete(@Param('id', { schema: Slug }) id: string) {
    if (!(await this.control.webhooks.delete(id))) throw notFound(`webhook ${id}`);
  }
}
