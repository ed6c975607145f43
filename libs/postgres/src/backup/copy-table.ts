/**
 * COPY in both directions over a plain connection: rows stream between the server and a file and are never held in
 * memory together. The driver hands the messages to whatever query is active; these two are such queries.
 */
import type { Readable, Writable } from 'node:stream';
import type pg from 'pg';

interface Wire {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(why: string): void;
  stream: {
    pause(): void;
    resume(): void;
    writableNeedDrain: boolean;
    once(event: 'drain', listener: () => void): void;
  };
}

abstract class Copy {
  private readonly settled = Promise.withResolvers<void>();
  readonly done = this.settled.promise;
  protected failure: Error | null = null;

  constructor(private readonly text: string) {}

  submit(wire: Wire): void {
    wire.query(this.text);
  }
  handleError(error: Error): void {
    this.settled.reject(this.failure ?? error);
  }
  handleReadyForQuery(): void {
    if (this.failure) this.settled.reject(this.failure);
    else this.settled.resolve();
  }
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(_message: { chunk: Buffer }, _wire: Wire): void {}
  handleCopyInResponse(_wire: Wire): void {}
}

class CopyOut extends Copy {
  constructor(
    text: string,
    private readonly to: Writable,
  ) {
    super(text);
  }
  private paused = false;
  private goOn = (): void => undefined;

  /** Messages that came together are handed over together, also after a pause. */
  override handleCopyData({ chunk }: { chunk: Buffer }, wire: Wire): void {
    // The driver reuses what it reads into.
    if (this.to.write(Buffer.from(chunk)) || this.paused) return;
    this.paused = true;
    wire.stream.pause();
    this.goOn = () => {
      this.paused = false;
      wire.stream.resume();
    };
    this.to.once('drain', this.goOn);
  }

  /** All is handed over. Whoever ends `to` now sees no drain any more, and the connection is still needed. */
  override handleReadyForQuery(): void {
    if (this.paused) this.goOn();
    super.handleReadyForQuery();
  }
}

class CopyIn extends Copy {
  constructor(
    text: string,
    private readonly from: Readable,
  ) {
    super(text);
  }
  override handleCopyInResponse(wire: Wire): void {
    void this.pump(wire);
  }
  private async pump(wire: Wire): Promise<void> {
    try {
      for await (const chunk of this.from) {
        wire.sendCopyFromChunk(chunk as Buffer);
        if (wire.stream.writableNeedDrain) await new Promise<void>((drained) => wire.stream.once('drain', drained));
      }
      wire.endCopyFrom();
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      wire.sendCopyFail(this.failure.message);
    }
  }
}

/** Runs `COPY … TO STDOUT` into `to`, which is not ended. Rejects with the server's error. */
export function copyOut(client: pg.Client, text: string, to: Writable): Promise<void> {
  return run(client, new CopyOut(text, to));
}

/** Runs `COPY … FROM STDIN` from `from`. Rejects with the server's error, or that of `from`; then nothing was copied. */
export function copyIn(client: pg.Client, text: string, from: Readable): Promise<void> {
  return run(client, new CopyIn(text, from));
}

function run(client: pg.Client, copy: Copy): Promise<void> {
  client.query(copy as unknown as pg.Submittable);
  return copy.done;
}
