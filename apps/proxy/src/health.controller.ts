/** `/health`: the process runs. `/ready`: it has a snapshot to serve from. `/metrics`: what it did. */
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CurrentSnapshot } from './current-snapshot.js';
import { ProxyMetrics } from './proxy-metrics.js';
import { SettleAttempt } from './settle-attempt.js';

@Controller()
export class HealthController {
  constructor(
    @Inject(CurrentSnapshot) private readonly snapshot: CurrentSnapshot,
    @Inject(ProxyMetrics) private readonly metrics: ProxyMetrics,
    @Inject(SettleAttempt) private readonly settle: SettleAttempt,
  ) {}

  @Get('health')
  health() {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const version = this.snapshot.current()?.snapshot.version ?? null;
    await reply
      .status(version === null ? 503 : 200)
      .send({ ready: version !== null, snapshot: version, unsettled: this.settle.waiting });
  }

  @Get('metrics')
  async prometheus(@Res() reply: FastifyReply): Promise<void> {
    this.metrics.unsettled.set(this.settle.waiting);
    this.metrics.snapshotVersion.set(this.snapshot.current()?.snapshot.version ?? 0);
    await reply.header('content-type', this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
