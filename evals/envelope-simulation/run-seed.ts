/**
 * One run: calls, faults and clocks as the seed says, then quiet, then the books are closed. The same seed is the same run,
 * but for the random digits of ids.
 */
import { nanoCeil } from '#domain/pricing/ceiling-of.js';
import type { Model } from '#domain/envelope/model.js';
import { seededDraws } from '../gate-false-clear/false-clear.js';
import { SimulatedClient } from './simulated-client.js';
import { SimulatedDatabase } from './simulated-database.js';
import { SimulatedDesk } from './simulated-desk.js';
import type { SimulatedNetwork } from './simulated-network.js';
import { SimulatedDisk } from './simulated-disk.js';
import { SimulatedProxy } from './simulated-proxy.js';
import { SimulatedVenues } from './simulated-venue.js';
import { startWorker } from './simulated-worker.js';
import { callers, declaredEnvelopes, indexOf, useCases } from './small-world.js';
import { type SimulatedProcess, VirtualTime } from './virtual-time.js';
import { type Violation, WatchMoney } from './watch-money.js';

export interface SeedOutcome {
  seed: number;
  violations: Violation[];
  calls: number;
  attempts: number;
  faults: Partial<Record<Fault, number>>;
  refused: number;
  excused: number;
}

export const faultNames = [
  'proxy killed',
  'worker killed',
  'worker twice',
  'desk flushed',
  'desk fell back',
  'desk away',
  'desk network bad',
  'database away',
  'disk full',
] as const;
export type Fault = (typeof faultNames)[number];
/** A desk that is lost is what the rest of the product has most to do about: twice as often as the others. */
const drawnFaults: readonly Fault[] = [...faultNames, 'desk flushed', 'desk fell back'];

/** A few seconds before the month ends: some calls fall in the next window. */
const startMs = Date.UTC(2026, 10, 30, 23, 59, 52);
const busyMs = 8_000;
const quietMs = 30_000;
const holdLifetimeMs = 15 * 60_000;
const proxiesCount = 2;
const hourMs = 3_600_000;

interface Slot {
  disk: SimulatedDisk;
  skewMs: number;
  process: SimulatedProcess | null;
  proxy: SimulatedProxy | null;
}

/** Hears, at a virtual instant in milliseconds since the start, what happened. */
export type Trace = (atMs: number, what: string) => void;

export async function runSeed(seed: number, trace?: Trace): Promise<SeedOutcome> {
  const time = new VirtualTime(startMs, seededDraws(seed));
  const restore = time.install();
  try {
    return await new Run(seed, time, trace).play();
  } finally {
    restore();
  }
}

class Run {
  private readonly declared;
  private readonly index;
  private readonly watch: WatchMoney;
  private readonly desk: SimulatedDesk;
  private readonly database: SimulatedDatabase;
  private readonly venues: SimulatedVenues;
  private readonly slots: Slot[];
  private readonly faults: SeedOutcome['faults'] = {};
  private worker: SimulatedProcess | null = null;
  private older: Model;
  private born = 0;

  constructor(
    private readonly seed: number,
    private readonly time: VirtualTime,
    private readonly trace: Trace | undefined,
  ) {
    const ceilingOfACall = nanoCeil(2_500_000n * 150n + 10_000_000n * 100n);
    this.declared = declaredEnvelopes(ceilingOfACall * BigInt(time.between(3, 16)));
    this.index = indexOf(this.declared);
    const limits = new Map(this.declared.map(({ id, limitNanoUsd }) => [id, limitNanoUsd]));
    this.watch = new WatchMoney({ venues: () => this.venues, database: () => this.database }, limits);
    this.desk = new SimulatedDesk(time, this.watch);
    this.database = new SimulatedDatabase(time, this.declared);
    this.venues = new SimulatedVenues(time, (attempt) => this.watch.dispatched(attempt));
    this.older = this.desk.model;
    if (trace)
      this.desk.onOperation = (_, operation, answer) => trace(time.nowMs - startMs, spell({ operation, answer }));
    this.slots = Array.from({ length: proxiesCount }, () => ({
      disk: new SimulatedDisk(time),
      skewMs: time.pick([0, 0, hourMs, -hourMs]),
      process: null,
      proxy: null,
    }));
  }

  async play(): Promise<SeedOutcome> {
    const { time, watch } = this;
    this.startWorker();
    await time.run(startMs + 3_000, () => this.desk.model.built);
    for (const slot of this.slots) this.startProxy(slot);
    const busyUntilMs = time.nowMs + busyMs;
    const calls = time.between(8, 24);
    for (let n = 0; n < calls; n += 1) time.after(time.between(0, busyMs - 1_000), () => this.call());
    for (let n = time.between(0, 4); n > 0; n -= 1) this.plan(time.pick(drawnFaults));
    await time.run(busyUntilMs);
    this.heal();
    await time.run(time.nowMs + quietMs, () => this.isQuiet());
    watch.checkHeld(this.desk.model);
    if (openHolds(this.desk.model) > 0) await this.outliveHolds();
    const { comparisons } = watch;
    await time.run(time.nowMs + quietMs, () => watch.comparisons > comparisons);
    watch.closeBooks(this.desk.model, Boolean(this.faults['disk full'] && this.faults['proxy killed']));
    const { seed, faults } = this;
    const refused = watch.calls.filter(({ client }) => client.status >= 400).length;
    const attempts = this.venues.billed.size;
    this.killAll();
    return { seed, violations: watch.violations, calls, attempts, faults, refused, excused: watch.excused.size };
  }

  private startProxy(slot: Slot): void {
    const process = this.newProcess('proxy', slot.skewMs);
    slot.process = process;
    const { time, desk, venues, index } = this;
    const place = { time, desk: desk.port, disk: slot.disk, venues, index };
    void time.as(process, async () => {
      const proxy = await SimulatedProxy.start(process, place).catch(this.bug);
      if (proxy && slot.process === process) slot.proxy = proxy;
    });
  }

  private startWorker(): void {
    const process = this.newProcess('worker', 0);
    this.worker = process;
    const { desk, database, index, watch } = this;
    this.time.as(process, () =>
      startWorker({ desk: desk.port, database, index, onCompared: (drifts) => watch.drifted(drifts) }),
    );
  }

  private newProcess(name: string, skewMs: number): SimulatedProcess {
    this.born += 1;
    return { name: `${name} ${this.born}`, skewMs, alive: true };
  }

  private call(): void {
    const { time } = this;
    const up = this.slots.filter(({ proxy }) => proxy !== null);
    if (up.length === 0) return;
    const { proxy, process } = time.pick(up);
    const caller = time.chance(0.05) ? callers[1]! : time.pick(callers.filter(({ stranger }) => !stranger));
    const call = {
      caller,
      useCase: time.pick(useCases),
      model: time.chance(0.8) ? 'big' : 'small',
      stream: time.chance(0.5),
      maxTokens: time.between(1, 100),
    };
    const client = new SimulatedClient();
    const callId = proxy!.call(call, client, this.bug);
    this.watch.calls.push({ callId, stranger: caller.stranger, key: caller.key, client, process: process! });
    if (time.chance(0.25)) time.as(process!, () => time.after(time.between(1, 150), () => client.leave()));
  }

  private readonly bug = (error: unknown): undefined => {
    this.watch.say('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  /** Some time, or exactly behind one operation of the desk. */
  private plan(fault: Fault): void {
    const { time, desk } = this;
    this.faults[fault] = (this.faults[fault] ?? 0) + 1;
    if (time.chance(0.5)) return void time.after(time.between(0, busyMs - 3_000), () => this.strike(fault));
    const wanted = desk.operations + time.between(1, 150);
    const before = desk.onOperation;
    desk.onOperation = (count, ...rest) => {
      before(count, ...rest);
      if (count === wanted) time.outside(() => time.after(0, () => this.strike(fault)));
    };
  }

  private strike(fault: Fault): void {
    const { time, desk, database } = this;
    this.trace?.(time.nowMs - startMs, fault);
    const forAWhile = (on: () => void, off: () => void) => {
      on();
      time.after(time.between(50, 3_000), off);
    };
    const isFor = (network: SimulatedNetwork, state: 'bad' | 'down') =>
      forAWhile(
        () => network.become(state),
        () => network.become('good'),
      );
    switch (fault) {
      case 'proxy killed':
        return this.killProxy(time.pick(this.slots));
      case 'worker killed':
        if (this.worker) this.worker.alive = false;
        return void time.after(time.between(0, 2_000), () => this.startWorker());
      case 'worker twice': {
        const former = this.worker;
        this.startWorker();
        return void time.after(time.between(10, 2_000), () => former && (former.alive = false));
      }
      case 'desk flushed':
        return desk.flush();
      case 'desk fell back':
        return desk.fallBackTo(this.older);
      case 'desk away':
        return isFor(desk.network, 'down');
      case 'desk network bad':
        return isFor(desk.network, 'bad');
      case 'database away':
        return isFor(database.network, 'down');
      case 'disk full': {
        const { disk } = time.pick(this.slots);
        return forAWhile(
          () => (disk.full = true),
          () => (disk.full = false),
        );
      }
    }
  }

  private killProxy(slot: Slot): void {
    if (slot.process) slot.process.alive = false;
    slot.process = slot.proxy = null;
    this.time.after(this.time.between(100, 4_000), () => slot.process ?? this.startProxy(slot));
  }

  /** Whatever is broken works again. */
  private heal(): void {
    const { desk, database, slots } = this;
    for (const network of [desk.network, database.network]) network.become('good');
    for (const slot of slots) {
      slot.disk.full = false;
      if (!slot.process) this.startProxy(slot);
    }
  }

  private isQuiet(): boolean {
    const under = [...this.venues.billed.values()].some(({ picoUsd }) => picoUsd === null);
    const { model } = this.desk;
    const waits = model.records.length + this.database.waiting > 0 || !model.built;
    return !under && !waits && this.slots.every(({ proxy, process }) => proxy?.isDone || process?.alive === false);
  }

  /** Holds of those that died before they wrote them down expire by themselves. */
  private async outliveHolds(): Promise<void> {
    this.killAll();
    this.time.nowMs += holdLifetimeMs;
    this.startWorker();
    await this.time.run(this.time.nowMs + quietMs, () => openHolds(this.desk.model) === 0 && this.isQuiet());
  }

  private killAll(): void {
    for (const { process } of this.slots) if (process) process.alive = false;
    if (this.worker) this.worker.alive = false;
  }
}

const openHolds = ({ holds }: Model): number => [...holds.values()].filter(({ state }) => state === 'open').length;

const spell = (value: unknown): string =>
  JSON.stringify(value, (name, one: unknown) =>
    typeof one === 'bigint' ? Number(one) : name === 'record' ? undefined : one,
  );
