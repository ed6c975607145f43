/**
 * Time that passes only when it is told to, for several processes in one: each with its own clock, each mortal. While it
 * is installed, `Date.now`, the timers and `Math.random` of the whole program are those of the simulation, so that the
 * product's own code runs in it unchanged.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** One that is not alive does nothing any more: its timers do not ring, what it asked for is not answered. */
export interface SimulatedProcess {
  name: string;
  /** How far its clock is off. */
  skewMs: number;
  alive: boolean;
}

interface Due {
  atMs: number;
  /** Of equal instants the earlier asked comes first. */
  order: number;
  work: (() => void) | null;
  process: SimulatedProcess | undefined;
}

const running = new AsyncLocalStorage<SimulatedProcess | undefined>();
const nextTurn = setImmediate;

export const currentProcess = (): SimulatedProcess | undefined => running.getStore();

export class VirtualTime {
  private due: Due[] = [];
  private order = 0;

  constructor(
    public nowMs: number,
    private readonly draw: () => number,
  ) {}

  /** Runs `work` as this process; what it starts later belongs to it too. */
  as<T>(process: SimulatedProcess | undefined, work: () => T): T {
    return running.run(process, work);
  }

  /** What was asked for happens even if who asked dies meanwhile. */
  outside<T>(work: () => T): T {
    return running.run(undefined, work);
  }

  after(delayMs: number, work: () => void): Due {
    const due: Due = { atMs: this.nowMs + Math.max(0, delayMs), order: this.order++, work, process: currentProcess() };
    let place = this.due.length;
    while (place > 0 && isLater(this.due[place - 1]!, due)) place -= 1;
    this.due.splice(place, 0, due);
    return due;
  }

  rest(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  between(least: number, most: number): number {
    return least + Math.floor(this.draw() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.draw() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length - 1)]!;
  }

  /** Lets time pass until that instant, or earlier when `done`; after each event everything that follows from it happens. */
  async run(untilMs: number, done = () => false): Promise<void> {
    for (;;) {
      await new Promise((resolve) => nextTurn(resolve));
      const next = this.due[0];
      if (!next || next.atMs > untilMs || done()) break;
      this.due.shift();
      this.nowMs = next.atMs;
      if (next.work && next.process?.alive !== false) running.run(next.process, next.work);
    }
    if (!done()) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** Returns what puts the real ones back. */
  install(): () => void {
    const { setTimeout, clearTimeout, setImmediate } = globalThis;
    const [now, random] = [Date.now, Math.random];
    Object.assign(globalThis, {
      setTimeout: (work: (...given: unknown[]) => void, delayMs = 0, ...given: unknown[]) =>
        this.after(delayMs, () => work(...given)),
      clearTimeout: (due: Due | undefined) => due && (due.work = null),
      setImmediate: (work: () => void) => this.after(0, work),
    });
    Date.now = () => this.nowMs + (currentProcess()?.skewMs ?? 0);
    Math.random = this.draw;
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate });
      Date.now = now;
      Math.random = random;
    };
  }
}

const isLater = (a: Due, b: Due): boolean => a.atMs > b.atMs || (a.atMs === b.atMs && a.order > b.order);
