/**
 * Takes jobs from the queue `mirror`. A payload that is no MirrorJob fails at once and for good, into the queue's set of
 * failed jobs; one that keeps failing is given up, and what was not sent of it is void.
 */
import { type ConnectionOptions, type Job, UnrecoverableError, Worker } from 'bullmq';
import { MirrorJob } from '#contracts/jobs.js';
import { queuePrefix } from '#queues/queue-connection.js';
import { queueNames } from '#queues/queue-names.js';
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from '../worker-metrics.js';

export interface MirrorProcessorParts {
  connection: ConnectionOptions;
  concurrency: number;
  /** A job whose worker says nothing for this long is given to another. */
  lockMs: number;
  replay: (job: MirrorJob) => Promise<void>;
  /** Closes what a job leaves open that will not be tried again. */
  giveUp: (job: MirrorJob) => Promise<void>;
  metrics: WorkerMetrics;
  log: Log;
}

export class MirrorProcessor {
  readonly queue = queueNames.mirror;
  private worker: Worker | null = null;

  constructor(private readonly parts: MirrorProcessorParts) {}

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
    const { metrics, log, replay } = this.parts;
    const parsed = MirrorJob.safeParse(job.data);
    if (!parsed.success) {
      metrics.jobs.inc({ queue: this.queue, outcome: 'poison' });
      const [issue] = parsed.error.issues;
      log.error({ job: job.id, issue: `${issue?.path.join('.')}: ${issue?.message}` }, 'a job that is no MirrorJob');
      throw new UnrecoverableError('no MirrorJob');
    }
    try {
      await replay(parsed.data);
      metrics.jobs.inc({ queue: this.queue, outcome: 'done' });
    } catch (error) {
      const last = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      metrics.jobs.inc({ queue: this.queue, outcome: last ? 'given_up' : 'again' });
      log.warn({ job: job.id, last, error: String(error) }, 'a replay failed');
      if (last) await this.parts.giveUp(parsed.data);
      throw error;
    }
  }

  /** Finishes the jobs it has. */
  async close(): Promise<void> {
    await this.worker?.close();
  }
}
