/** Runs a step again and again, one at a time. The step says how long to rest; a step that throws is counted and rests longer. */
import type { Log } from '#runtime/log.js';
import type { WorkerMetrics } from './worker-metrics.js';

export interface RepeatOptions {
  name: string;
  /** Returns the milliseconds to rest. */
  step: () => Promise<number>;
  metrics: WorkerMetrics;
  log: Log;
}

const restAfterFaultMs = 500;
const loggedEveryMs = 10_000;

export class Repeat {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private again = false;
  private closed = false;
  private loggedMs = 0;

  constructor(private readonly options: RepeatOptions) {}

  start(): this {
    this.turn();
    return this;
  }

  /** Ends a rest. During a step, another follows at once. */
  wake(): void {
    if (this.running) this.again = true;
    else this.turn();
  }

  private turn(): void {
    if (this.closed || this.running) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.again = false;
    this.running = this.step().then((restMs) => {
      this.running = null;
      if (!this.closed) this.timer = setTimeout(() => this.turn(), this.again ? 0 : restMs);
    });
  }

  private async step(): Promise<number> {
    const { name, step, metrics, log } = this.options;
    try {
      return await step();
    } catch (error) {
      metrics.loopFaults.inc({ loop: name });
      const nowMs = Date.now();
      if (nowMs - this.loggedMs >= loggedEveryMs)
        log.error({ loop: name, error: String(error) }, 'a turn failed; it is tried again');
      this.loggedMs = nowMs;
      return restAfterFaultMs;
    }
  }

  /** Waits for the step under way. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }
}
