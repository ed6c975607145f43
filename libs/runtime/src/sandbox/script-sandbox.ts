/**
 * Runs scripts nobody vouches for, one after another, in a thread of its own. A thread that says nothing past the time
 * limit, or dies, is replaced; the event loop is never blocked.
 */
import { Worker } from 'node:worker_threads';

export interface ScriptRun {
  /** Of one fresh context, in order. */
  scripts: string[];
  timeoutMs: number;
  memoryMiB: number;
}

export interface ScriptOutcome {
  passed: boolean;
  /** What was thrown, or which limit was met; null where it passed. */
  fault: string | null;
}

interface Running {
  id: number;
  end: (outcome: ScriptOutcome) => void;
}

/** Beyond the script's own limit: starting a thread and compiling the WebAssembly. */
const graceMs = 5_000;

const threadFile = new URL(`./script-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export class ScriptSandbox {
  private thread: Worker | null = null;
  private running: Running | null = null;
  private line: Promise<unknown> = Promise.resolve();
  private nextId = 1;

  /** Never rejects. */
  run(task: ScriptRun): Promise<ScriptOutcome> {
    const outcome = this.line.then(() => this.runNow(task));
    this.line = outcome;
    return outcome;
  }

  private runNow(task: ScriptRun): Promise<ScriptOutcome> {
    return new Promise((resolve) => {
      const id = this.nextId++;
      const timer = setTimeout(() => this.give(id, 'time is up'), task.timeoutMs + graceMs);
      this.running = {
        id,
        end: (outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        },
      };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      (this.thread ??= this.start()).postMessage({ id, ...task });
    });
  }

  private start(): Worker {
    const thread = new Worker(threadFile, { resourceLimits: { maxOldGenerationSizeMb: 512 } });
    thread.unref();
    thread.on('message', ({ id, fault }: { id: number; fault: string | null }) => this.end(id, fault));
    thread.on('error', (error) => this.lose(thread, String(error)));
    thread.on('exit', () => this.lose(thread, 'the sandbox ended'));
    return thread;
  }

  private end(id: number, fault: string | null): void {
    const { running } = this;
    if (running?.id !== id) return;
    this.running = null;
    running.end({ passed: fault === null, fault });
  }

  /** A thread that does not end by itself. */
  private give(id: number, fault: string): void {
    const { thread } = this;
    this.thread = null;
    void thread?.terminate();
    this.end(id, fault);
  }

  private lose(thread: Worker, fault: string): void {
    if (this.thread !== thread) return;
    this.thread = null;
    if (this.running) this.end(this.running.id, fault);
  }

  /** What runs is given up. */
  async close(): Promise<void> {
    const { thread } = this;
    this.thread = null;
    if (this.running) this.end(this.running.id, 'closed');
    await thread?.terminate();
  }
}
