/**
 * Takes the jobs of one queue. A payload that is no job of it fails at once and for good, into the queue's set of failed
 * jobs; one that keeps failing is given up.
 */
import { type ConnectionOptions, type Job, UnrecoverableError, Worker } from 'bullmq';
import { type CallJob, jobContracts } from '#queues/job-contracts.js';
import { queuePrefix } from '#queues/queue-connection.js';
import type { CallQueueName } from '#queues/queue-names.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from './worker-metrics.js';

export interface CallJobProcessorParts<Name extends CallQueueName> {
  connection: ConnectionOptions;
  concurrency: number;
  /** A job whose worker says nothing for this long is given to another. */
  lockMs: number;
  work: (job: CallJob<Name>) => Promise<void>;
  /** Closes what a job leaves open that will not be tried again. */
  giveUp: (job: CallJob<Name>) => Promise<void>;
  metrics: WorkerMetrics;
  log: Log;
}

export class CallJobProcessor<Name extends CallQueueName> {
  private worker: Worker | null = null;

  constructor(
    readonly queue: Name,
    private readonly parts: CallJobProcessorParts<Name>,
  ) {}

  async start(): Promise<void> {
    const { connection, concurrency, lockMs, log } = this.parts;
    this.worker = new Worker(this.queue, (job) => this.process(job), {
      connection,
      prefix: queuePrefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 3,
    });
    this.worker.on('error', (error) => log.warn({ error: String(error) }, 'the queue does not answer'));
    await this.worker.waitUntilReady();
  }

  private async process(job: Job): Promise<void> {
    const { metrics, log, work } = this.parts;
    const parsed = jobContracts[this.queue].safeParse(job.data);
    if (!parsed.success) {
      metrics.jobs.inc({ queue: this.queue, outcome: 'poison' });
      const [issue] = parsed.error.issues;
      log.error(
        { queue: this.queue, job: job.id, issue: `${issue?.path.join('.')}: ${issue?.message}` },
        'a job that is none of its queue',
      );
      throw new UnrecoverableError('no job of this queue');
    }
    const of = parsed.data as CallJob<Name>;
    try {
      await work(of);
      metrics.jobs.inc({ queue: this.queue, outcome: 'done' });
    } catch (error) {
      const last = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      metrics.jobs.inc({ queue: this.queue, outcome: last ? 'given_up' : 'again' });
      log.warn({ queue: this.queue, job: job.id, last, error: String(error) }, 'a job failed');
      if (last) await this.parts.giveUp(of);
      throw error;
    }
  }

  /** Finishes the jobs it has. */
  async close(): Promise<void> {
    await this.worker?.close();
  }
}
