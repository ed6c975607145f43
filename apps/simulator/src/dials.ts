/** Who was dialled, and how it went: counted when the head of a request arrives, so a refused one counts too. */
import type { SimulatorConfig } from './config.js';

export interface VenueDials {
  jurisdiction: string | null;
  /** Every request under the venue's path. */
  received: number;
  /** Answered with an error before a model saw it, by us as the venue or by a fault. */
  refused: number;
  /** Requests a model worked on: those on the bill. */
  reachedModel: number;
  /** Requests to the place a redirect points to. */
  redirectsFollowed: number;
  byModel: Record<string, number>;
}

export class Dials {
  #venues = new Map<string, VenueDials>();

  constructor(config: SimulatorConfig) {
    for (const { id, jurisdiction } of config.venues) {
      const zero = { received: 0, refused: 0, reachedModel: 0, redirectsFollowed: 0 };
      this.#venues.set(id, { jurisdiction: jurisdiction ?? null, ...zero, byModel: {} });
    }
  }

  count(venue: string, what: 'received' | 'refused' | 'reachedModel' | 'redirectsFollowed'): void {
    this.#of(venue)[what] += 1;
  }

  countModel(venue: string, model: string): void {
    const { byModel } = this.#of(venue);
    byModel[model] = (byModel[model] ?? 0) + 1;
  }

  read(): Record<string, VenueDials> {
    return structuredClone(Object.fromEntries(this.#venues));
  }

  #of(venue: string): VenueDials {
    const dials = this.#venues.get(venue);
    if (!dials) throw new Error(`unknown venue ${venue}`);
    return dials;
  }
}
