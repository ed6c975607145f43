/** Puts deliveries of alerts into their queue, each once however often it is asked for. */
import { type ConnectionOptions, Queue } from 'bullmq';
import { WebhookJob } from '#contracts/jobs.js';
import { queuePrefix } from './queue-connection.js';
import { queueNames, webhookJobOptions } from './queue-names.js';

export class WebhookQueue {
  private readonly queue: Queue;

  constructor(connection: ConnectionOptions) {
    this.queue = new Queue(queueNames.webhook, { connection, prefix: queuePrefix });
    this.queue.on('error', () => undefined); // a failed addBulk is counted where it is awaited
  }

  async add(jobs: readonly WebhookJob[]): Promise<void> {
    await this.queue.addBulk(
      jobs.map((job) => ({
        name: queueNames.webhook,
        data: WebhookJob.encode(job),
        opts: { ...webhookJobOptions, jobId: `${job.alert}.${job.webhook}` },
      })),
    );
  }

  close(): Promise<void> {
    return this.queue.close();
  }
}
