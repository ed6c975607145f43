/** /health: the process answers. /ready: so does all it needs. */
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
  @ApiOkResponse({ standardSchema: Ready, description: '503 with the same body while something does not answer.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { stores, desk, publishing } = this.control;
    const checks = {
      database: await answers(stores.snapshots.versions(1)),
      feed: await answers(publishing.feed.latest()),
      desk: await answers(desk.balances([])),
    };
    const ready = Object.values(checks).every((word) => word === 'ok');
    if (!ready) void reply.status(503);
    return Ready.encode({ ready, checks });
  }
}

/** The reason stays in the log: this page asks for no token. */
const answers = (asked: Promise<unknown>): Promise<'ok' | 'down'> =>
  asked.then(
    () => 'ok' as const,
    () => 'down' as const,
  );
