/** Takes jobs from the queue `webhook`. What is not taken is tried again with growing rests, then given up and kept as such. */
import { type ConnectionOptions, type Job, UnrecoverableError, Worker } from 'bullmq';
import { WebhookJob } from '#contracts/jobs.js';
import { queuePrefix } from '#queues/queue-connection.js';
import { queueNames } from '#queues/queue-names.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';

export interface WebhookProcessorParts {
  connection: ConnectionOptions;
  deliver: (job: WebhookJob, last: boolean) => Promise<void>;
  metrics: WorkerMetrics;
  log: Log;
}

const atOnce = 8;

export class WebhookProcessor {
  readonly queue = queueNames.webhook;
  private worker: Worker | null = null;

  constructor(private readonly parts: WebhookProcessorParts) {}

  async start(): Promise<void> {
    const { connection, log } = this.parts;
    this.worker = new Worker(this.queue, (job) => this.process(job), {
      connection,
      prefix: queuePrefix,
      concurrency: atOnce,
    });
    this.worker.on('error', (error) => log.warn({ error: String(error) }, 'the queue does not answer'));
    await this.worker.waitUntilReady();
  }

  private async process(job: Job): Promise<void> {
    const { metrics, log, deliver } = this.parts;
    const parsed = WebhookJob.safeParse(job.data);
    if (!parsed.success) {
      metrics.jobs.inc({ queue: this.queue, outcome: 'poison' });
      throw new UnrecoverableError('no WebhookJob');
    }
    const last = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    try {
      await deliver(parsed.data, last);
      metrics.jobs.inc({ queue: this.queue, outcome: 'done' });
    } catch (error) {
      metrics.jobs.inc({ queue: this.queue, outcome: last ? 'given_up' : 'again' });
      log.warn({ ...parsed.data, last, error: String(error) }, 'an alert was not taken');
      throw error;
    }
  }

  /** Finishes the jobs it has. */
  async close(): Promise<void> {
    await this.worker?.close();
  }
}
