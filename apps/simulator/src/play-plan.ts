/**
 * Plays a planned response onto a socket, no faster than the client reads. Its answer is how far the model got, which
 * is what the bill is about.
 */
import type { ServerResponse } from 'node:http';
import type { Plan, Step } from './plan-response.js';

export interface Played {
  /** `left`: the client (or the simulator, closing) ended the connection before the plan did. */
  ending: 'played' | 'left';
  /** Completion tokens handed to the wire. */
  generated: number;
}

export async function playPlan(plan: Plan, response: ServerResponse): Promise<Played> {
  const stage = new Stage(plan, response);
  for (const step of plan.steps) {
    if (stage.left) break;
    const pending = stage.play(step);
    if (pending) await pending;
  }
  return stage.end();
}

class Stage {
  left = false;
  #generated = 0;
  /** We tore the connection ourselves: what closes afterwards is not the client leaving. */
  #torn = false;
  #wake: (() => void) | null = null;
  readonly #plan: Plan;
  readonly #response: ServerResponse;

  constructor(plan: Plan, response: ServerResponse) {
    this.#plan = plan;
    this.#response = response;
    this.left = response.destroyed;
    response.on('close', () => {
      this.left = true;
      this.#wake?.();
    });
  }

  /** A promise only where there is something to wait for: an answer without delay is sent in one turn. */
  play(step: Step): Promise<void> | null {
    switch (step.act) {
      case 'write':
        if (step.generated !== undefined) this.#generated = step.generated;
        return this.#hand(this.#plan.encode?.(step.bytes) ?? step.bytes);
      case 'wait':
        return this.#wait(step.ms);
      case 'flush':
        this.#openHead();
        this.#response.flushHeaders();
        return null;
      case 'hang':
        return this.#untilWoken();
      case 'reset':
        this.#torn = true;
        this.#response.socket?.resetAndDestroy();
        return null;
      case 'half_close':
        this.#torn = true;
        this.#response.socket?.end();
        return null;
      case 'spill':
        return this.#spill(step.bytes);
    }
  }

  #hand(bytes: string | Buffer): Promise<void> | null {
    return this.#plan.byteByByteMs === undefined ? this.#write(bytes) : this.#dribble(bytes);
  }

  end(): Played {
    const left = this.left && !this.#torn && !this.#response.writableEnded;
    if (!this.left && !this.#torn && !this.#response.writableEnded) {
      this.#openHead();
      this.#response.end();
    }
    return { ending: left ? 'left' : 'played', generated: this.#generated };
  }

  #openHead(): void {
    if (!this.#response.headersSent) this.#response.writeHead(this.#plan.status, this.#plan.headers);
  }

  #write(bytes: string | Buffer): Promise<void> | null {
    if (bytes.length === 0) return null;
    this.#openHead();
    if (this.#response.write(bytes)) return null;
    return this.#untilWoken((wake) => this.#response.once('drain', wake));
  }

  async #dribble(bytes: string | Buffer): Promise<void> {
    for (const byte of Buffer.from(bytes)) {
      if (this.left) return;
      await this.#write(Buffer.of(byte));
      await this.#wait(this.#plan.byteByByteMs ?? 0);
    }
  }

  async #spill(bytes: string): Promise<void> {
    const { socket } = this.#response;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#response.end(resolve);
    });
    if (socket && !socket.destroyed) socket.write(bytes);
  }

  /** No time at all is the next turn of the event loop, not the timer's shortest, which is a millisecond. */
  #wait(ms: number): Promise<void> {
    if (ms === 0) return new Promise((resolve) => void setImmediate(resolve));
    return this.#untilWoken((wake) => {
      const timer = setTimeout(wake, ms);
      return () => clearTimeout(timer);
    });
  }

  /** Resolves when woken by what `arrange` sets up, or when the connection is gone. */
  #untilWoken(arrange?: (wake: () => void) => unknown): Promise<void> {
    return new Promise((resolve) => {
      if (this.left) return resolve();
      let undo: unknown = null;
      this.#wake = () => {
        this.#wake = null;
        if (typeof undo === 'function') undo();
        resolve();
      };
      undo = arrange?.(this.#wake);
    });
  }
}
