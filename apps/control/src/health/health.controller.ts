/**
 * /health: the process answers. /ready: so does its database. Without feed or desk most of the API still serves, so they
 * are shown here and do not take it out of service.
 */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Ready } from '#contracts/api/health-api.js';
import { Open } from '../access.guard.js';
import { type ControlContext, controlContext } from '../control-context.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  @Get('health')
  @Open()
  @ApiOkResponse()
  health() {
    return { status: 'ok' };
  }

  @Get('ready')
  @Open()
  @ApiOkResponse({ standardSchema: Ready, description: '503 with the same body while the database does not answer.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { stores, desk, publishing } = this.control;
    const [database, feed, deskWord] = await Promise.all([
      answers(stores.snapshots.versions(1)),
      answers(publishing.feed.latest()),
      answers(desk.balances([])),
    ]);
    const ready = database === 'ok';
    if (!ready) void reply.status(503);
    return Ready.encode({ ready, checks: { database, feed, desk: deskWord } });
  }
}

/** Probes do not wait. The reason stays in the log: this page asks for no token. */
const patienceMs = 1_500;

function answers(asked: Promise<unknown>): Promise<'ok' | 'down'> {
  const word = asked.then(
    () => 'ok' as const,
    () => 'down' as const,
  );
  const tooLate = new Promise<'down'>((resolve) => setTimeout(resolve, patienceMs, 'down').unref());
  return Promise.race([word, tooLate]);
}
