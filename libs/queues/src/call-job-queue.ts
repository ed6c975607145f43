/**
 * The proxy's way to the worker: jobs about calls are collected and added in bulk, after the answer is gone. It never makes
 * a call wait; when the queue's store is down or the backlog is full, jobs are dropped and counted.
 */
import { type ConnectionOptions, Queue } from 'bullmq';
import { type CallJob, jobContracts } from './job-contracts.js';
import { queuePrefix } from './queue-connection.js';
import { callJobOptions, type CallQueueName } from './queue-names.js';

export interface CallJobQueueOptions<Name extends CallQueueName> {
  name: Name;
  connection: ConnectionOptions;
  /** Called once per lost job, with why. */
  onDropped: (reason: 'queue_full' | 'queue_down', job: CallJob<Name>) => void;
  flushMs?: number;
  waitingMax?: number;
}

const batchMax = 100;

export class CallJobQueue<Name extends CallQueueName> {
  private readonly queue: Queue;
  private waiting: CallJob<Name>[] = [];
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: CallJobQueueOptions<Name>) {
    this.queue = new Queue(options.name, { connection: options.connection, prefix: queuePrefix });
    this.queue.on('error', () => undefined); // each failed addBulk is counted where it is awaited
  }

  add(job: CallJob<Name>): void {
    if (this.waiting.length >= (this.options.waitingMax ?? 10_000)) return this.options.onDropped('queue_full', job);
    this.waiting.push(job);
    this.timer ??= setTimeout(() => this.flushSoon(), this.options.flushMs ?? 20);
  }

  private flushSoon(): void {
    this.timer = null;
    this.flushing = this.flushing.then(() => this.flush());
  }

  private async flush(): Promise<void> {
    const { name, onDropped } = this.options;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, batchMax);
      const jobs = batch.map((job) => ({
        name,
        data: jobContracts[name].encode(job as never),
        opts: { ...callJobOptions, jobId: job.callId },
      }));
      await this.queue.addBulk(jobs).catch(() => batch.forEach((job) => onDropped('queue_down', job)));
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
