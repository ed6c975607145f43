/** The loops of a worker, started and closed together. What only one worker may do is a turn of the leader. */
import type { LoopParts } from './loop-parts.js';
import { Repeat } from './repeat.js';

const followerMs = 1_000;

export class Loops {
  private readonly all: Repeat[] = [];

  constructor(
    private readonly parts: Pick<LoopParts, 'metrics' | 'log'> & { stores: Pick<LoopParts['stores'], 'leader'> },
  ) {}

  /** `step` returns the milliseconds to rest. */
  add(name: string, step: () => Promise<number>): Repeat {
    const { metrics, log } = this.parts;
    const loop = new Repeat({ name, step, metrics, log });
    this.all.push(loop);
    return loop;
  }

  /** Rests while another worker leads. */
  addOfLeader(name: string, turn: () => Promise<number>): Repeat {
    return this.add(name, async () => {
      const leads = await this.parts.stores.leader.isOurs();
      this.parts.metrics.leads.set(leads ? 1 : 0);
      return leads ? turn() : followerMs;
    });
  }

  start(): void {
    for (const loop of this.all) loop.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((loop) => loop.close()));
  }
}
