/**
 * The proxy's way into the shadow: jobs are collected and added in bulk, after the answer is gone. It never makes a
 * call wait; when the queue's store is down or the backlog is full, jobs are dropped and counted.
 */
import { MirrorJob } from '#contracts/jobs.js';
import { type ConnectionOptions, Queue } from 'bullmq';
import { z } from 'zod';
import { queuePrefix } from './queue-connection.js';
import { mirrorJobOptions, queueNames } from './queue-names.js';

export interface MirrorQueueOptions {
  connection: ConnectionOptions;
  /** Called once per lost job, with why. */
  onDropped: (reason: 'queue_full' | 'queue_down', job: MirrorJob) => void;
  flushMs?: number;
  waitingMax?: number;
}

const batchMax = 100;

export class MirrorQueue {
  private readonly queue: Queue;
  private waiting: MirrorJob[] = [];
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: MirrorQueueOptions) {
    this.queue = new Queue(queueNames.mirror, { connection: options.connection, prefix: queuePrefix });
    this.queue.on('error', () => undefined); // each failed addBulk is counted where it is awaited
  }

  add(job: MirrorJob): void {
    if (this.waiting.length >= (this.options.waitingMax ?? 10_000)) return this.options.onDropped('queue_full', job);
    this.waiting.push(job);
    this.timer ??= setTimeout(() => this.flushSoon(), this.options.flushMs ?? 20);
  }

  private flushSoon(): void {
    this.timer = null;
    this.flushing = this.flushing.then(() => this.flush());
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, batchMax);
      const jobs = batch.map((job) => ({
        name: queueNames.mirror,
        data: z.encode(MirrorJob, job),
        opts: { ...mirrorJobOptions, jobId: job.callId },
      }));
      await this.queue.addBulk(jobs).catch(() => batch.forEach((job) => this.options.onDropped('queue_down', job)));
    }
  }

  /** Adds what is waiting, then closes. */
  async close(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.flushSoon();
    await this.flushing;
    await this.queue.close();
  }
}
