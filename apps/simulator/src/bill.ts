/**
 * The venues' own bill, kept apart from everything that is billed: it is what the other side's ledger is compared
 * with, so it must not share a line with it. Integers only: rates are whole pico-USD (10⁻¹² USD) per token.
 */
import type { Prices } from './config.js';

export interface Counts {
  promptTokens: number;
  /** Part of promptTokens. */
  cachedTokens: number;
  /** Parts of promptTokens that were written into the cache, by how long they live there. */
  written5mTokens?: number;
  written1hTokens?: number;
  /** Reasoning included. */
  completionTokens: number;
}

export type Outcome = 'completed' | 'aborted' | 'failed';

export interface BillLine extends Counts {
  requestId: string;
  /** What the client named the request in `x-client-request-id`, or null. */
  clientRequestId: string | null;
  venue: string;
  model: string;
  tier: string;
  /** When the request arrived, ISO 8601. */
  at: string;
  costPicoUsd: string;
  outcome: Outcome;
}

export interface Bill {
  totalPicoUsd: string;
  /** Requests at a model whose line is still open; 0 when the bill is final. */
  inFlight: number;
  lines: BillLine[];
}

/** `"2.50"` USD with 6 shifted places is 2500000 pico-USD per token when the price is per million. */
export function shiftDecimal(text: string, places: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  if (fraction.length > places) throw new Error(`"${text}" has more than ${places} decimals`);
  return BigInt(whole + fraction.padEnd(places, '0'));
}

export class Rates {
  readonly input: bigint;
  readonly cached: bigint;
  readonly written5m: bigint;
  readonly written1h: bigint;
  readonly output: bigint;
  readonly request: bigint;

  constructor(prices: Prices) {
    this.input = shiftDecimal(prices.inputPerMillion, 6);
    this.cached = shiftDecimal(prices.cachedInputPerMillion ?? prices.inputPerMillion, 6);
    this.written5m = shiftDecimal(prices.cacheWrite5mPerMillion ?? prices.inputPerMillion, 6);
    this.written1h = shiftDecimal(prices.cacheWrite1hPerMillion ?? prices.inputPerMillion, 6);
    this.output = shiftDecimal(prices.outputPerMillion, 6);
    this.request = shiftDecimal(prices.perRequest ?? '0', 12);
  }

  costPicoUsd(counts: Counts): bigint {
    const { cachedTokens, written5mTokens = 0, written1hTokens = 0 } = counts;
    return (
      BigInt(counts.promptTokens - cachedTokens - written5mTokens - written1hTokens) * this.input +
      BigInt(cachedTokens) * this.cached +
      BigInt(written5mTokens) * this.written5m +
      BigInt(written1hTokens) * this.written1h +
      BigInt(counts.completionTokens) * this.output +
      this.request
    );
  }
}

export type OpenLine = Omit<BillLine, keyof Counts | 'costPicoUsd' | 'outcome'>;

export class BillBook {
  #lines: BillLine[] = [];
  #open = new Map<string, OpenLine>();

  open(line: OpenLine): void {
    this.#open.set(line.requestId, line);
  }

  /** Without counts the venue bills nothing and no line is written. */
  close(requestId: string, ending: { counts: Counts; rates: Rates; outcome: Outcome } | null): void {
    const line = this.#open.get(requestId);
    if (!line) throw new Error(`No open line for ${requestId}`);
    this.#open.delete(requestId);
    if (!ending) return;
    const costPicoUsd = ending.rates.costPicoUsd(ending.counts).toString();
    this.#lines.push({ ...line, ...ending.counts, costPicoUsd, outcome: ending.outcome });
  }

  clear(): void {
    this.#lines = [];
  }

  read(venue?: string): Bill {
    const here = (line: { venue: string }) => venue === undefined || line.venue === venue;
    const lines = this.#lines.filter(here);
    const total = lines.reduce((sum, line) => sum + BigInt(line.costPicoUsd), 0n);
    return { totalPicoUsd: total.toString(), inFlight: [...this.#open.values()].filter(here).length, lines };
  }

  /**
   * What a venue publishes later. A request that arrived before `completeThrough` and has no row cost nothing.
   */
  costReport(
    venue: string,
    now: string,
  ): { venue: string; currency: 'USD'; completeThrough: string; rows: BillLine[] } {
    const open = [...this.#open.values()].filter((line) => line.venue === venue).map((line) => line.at);
    const completeThrough = open.reduce((earliest, at) => (at < earliest ? at : earliest), now);
    return { venue, currency: 'USD', completeThrough, rows: this.read(venue).lines };
  }
}
