/**
 * Takes records into the ledger turn by turn, and stands still while somebody compares or replaces what they are counted
 * in: nothing is carried then but what is asked for.
 */
export interface IntakeTurnsParts {
  /** Takes in some records; returns how many were waiting. */
  takeIn: () => Promise<number>;
  /** Gives all lines that wait their place. */
  sequenceAll: () => Promise<unknown>;
}

export class IntakeTurns {
  private taking: Promise<number> = Promise.resolve(0);
  private standing: Promise<unknown> | null = null;

  constructor(private readonly parts: IntakeTurnsParts) {}

  /** Null: it stands still. */
  turn(): Promise<number> | null {
    return this.standing ? null : this.takeIn();
  }

  /** One at a time; `takeInAll` ends only where nothing new is settled meanwhile. */
  async whileStill<T>(work: (takeInAll: () => Promise<void>) => Promise<T>): Promise<T> {
    while (this.standing) await this.standing.catch(() => undefined);
    const run = this.workWhileStill(work);
    this.standing = run;
    try {
      return await run;
    } finally {
      this.standing = null;
    }
  }

  private takeIn(): Promise<number> {
    this.taking = this.parts.takeIn();
    return this.taking;
  }

  private async workWhileStill<T>(work: (takeInAll: () => Promise<void>) => Promise<T>): Promise<T> {
    await this.taking.catch(() => undefined); // its own loop has counted what went wrong
    await this.takeIn();
    await this.parts.sequenceAll();
    return work(async () => {
      while ((await this.takeIn()) > 0);
      await this.parts.sequenceAll();
    });
  }
}
