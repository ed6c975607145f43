/** Asking something that is elsewhere: it takes a while, and the question or the answer may get lost on the way. */
import { currentProcess, type VirtualTime } from './virtual-time.js';

export class SimulatedNetwork {
  private state: 'good' | 'bad' | 'down' = 'good';
  private mendedMs = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly faultOf: (cause: Error) => Error,
    private readonly patienceMs: number,
  ) {}

  /** `bad`: questions and answers are lost, or come after their sender gave up. `down`: nobody answers. */
  become(state: 'good' | 'bad' | 'down'): void {
    if (this.state !== 'good' && state === 'good') this.mendedMs = this.time.nowMs;
    this.state = state;
  }

  /** Until when it last was not good; an instant ahead while it is not. */
  get badUntilMs(): number {
    return this.state === 'good' ? this.mendedMs : Infinity;
  }

  private get bad(): boolean {
    return this.state === 'bad';
  }

  private get down(): boolean {
    return this.state === 'down';
  }

  /** `work` happens at one instant, elsewhere, whether or not who asked lives to hear of it. */
  ask<Answer>(work: () => Answer): Promise<Answer> {
    const { time } = this;
    const asker = currentProcess();
    return new Promise((resolve, reject) => {
      const tell = (say: () => void) => asker?.alive !== false && time.as(asker, say);
      const givesUp = () => tell(() => reject(this.faultOf(new Error('no answer in time'))));
      time.outside(() => {
        if (this.down) return void time.after(time.between(1, 20), givesUp);
        const fate =
          this.bad && time.chance(0.3) ? time.pick(['question lost', 'answer lost', 'late'] as const) : 'fine';
        if (fate !== 'fine') time.after(this.patienceMs, givesUp);
        if (fate === 'question lost') return;
        const onTheWayMs = fate === 'late' ? this.patienceMs + time.between(1, 200) : time.between(1, 12);
        time.after(onTheWayMs, () => {
          if (this.down) return void (fate === 'fine' && time.after(1, givesUp));
          const answer = outcomeOf(work, this.faultOf);
          if (fate === 'fine')
            time.after(time.between(1, 12), () =>
              tell(() => ('fault' in answer ? reject(answer.fault) : resolve(answer.value))),
            );
        });
      });
    });
  }
}

function outcomeOf<Answer>(work: () => Answer, faultOf: (cause: Error) => Error): { value: Answer } | { fault: Error } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof Refusal) return { fault: faultOf(error) };
    throw error;
  }
}

/** The other side's own no, which reaches the asker as a fault of its adapter. Anything else thrown is a bug of ours. */
export class Refusal extends Error {}
