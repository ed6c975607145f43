/** `/health`: the process runs. `/ready`: it has a snapshot to work by. `/metrics`: what it did. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CurrentIndex } from './current-index.js';
import { WorkerMetrics } from './worker-metrics.js';

@Controller()
export class HealthController {
  constructor(
    @Inject(CurrentIndex) private readonly snapshot: CurrentIndex,
    @Inject(WorkerMetrics) private readonly metrics: WorkerMetrics,
  ) {}

  @Get('health')
  health() {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const version = this.snapshot.current()?.snapshot.version ?? null;
    await reply.status(version === null ? 503 : 200).send({ ready: version !== null, snapshot: version });
  }

  @Get('metrics')
  async prometheus(@Res() reply: FastifyReply): Promise<void> {
    await reply.header('content-type', this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
