/** What a venue can be told to do wrong. `fault` here is the outside failing, never an answer we refuse on purpose. */
import { z } from 'zod';

export const faultKinds = [
  'hang',
  'hang_mid_stream',
  'reset',
  'reset_mid_stream',
  'half_close',
  'truncate',
  'status',
  'garbage_sse',
  'no_usage',
  'usage_twice',
  'usage_inconsistent',
  'wrong_content_length',
  'extra_bytes',
  'slow',
  'huge_event',
  'gzip_bomb',
  'redirect',
  'error_in_stream',
  'error_as_data',
  'cr_only_lines',
  'comments',
  'early_200_pause',
  'empty_body',
  'invalid_json',
  'verbatim',
] as const;
export const FaultKind = z.enum(faultKinds);
export type FaultKind = z.output<typeof FaultKind>;

/** `none`: no line on the bill. `generated`: what was handed to the wire. `full`: the whole answer. */
export const Billing = z.enum(['none', 'generated', 'full']);
export type Billing = z.output<typeof Billing>;

/** One misbehaviour; which fields a kind reads is in the table of the README. */
export const FaultBehaviour = z.strictObject({
  kind: FaultKind,
  /** Content chunks that pass before it happens; 0 is before the first byte of the body. */
  afterChunks: z.number().int().nonnegative().optional(),
  delayMs: z.number().int().nonnegative().max(3_600_000).optional(),
  status: z.number().int().min(300).max(599).optional(),
  /** Seconds, or an HTTP date, exactly as it goes into `retry-after`. */
  retryAfter: z.union([z.number().int().nonnegative(), z.string()]).optional(),
  /** Size of a huge event or of an inflated body. */
  bytes: z.number().int().positive().max(200_000_000).optional(),
  /** Added to the true content-length; negative promises too little. */
  lengthError: z.number().int().optional(),
  /** What is answered instead, byte for byte, and where it is cut into writes of its own. */
  body: z.string().max(50_000_000).optional(),
  cuts: z.array(z.number().int().nonnegative()).max(10_000).optional(),
  /** Where a redirect points. */
  location: z.string().optional(),
  /** Overrides what the venue bills for it. */
  billing: Billing.optional(),
});
export type FaultBehaviour = z.output<typeof FaultBehaviour>;

/** As ordered over HTTP: where it applies, and how often (absent: until deleted). */
export const FaultOrder = FaultBehaviour.extend({
  venue: z.string().min(1),
  model: z.string().min(1).optional(),
  /** Only requests that ask for this service tier: a busy flex tier beside a standard tier that serves. */
  tier: z.string().min(1).optional(),
  times: z.number().int().positive().optional(),
});
export type FaultOrder = z.output<typeof FaultOrder>;

/** The standing orders, oldest first. The first that fits is taken and counted down. */
export class FaultQueue {
  #orders: FaultOrder[] = [];

  add(order: FaultOrder): void {
    this.#orders.push({ ...order });
  }

  clear(): void {
    this.#orders = [];
  }

  list(): FaultOrder[] {
    return this.#orders.map((order) => ({ ...order }));
  }

  take(venue: string, model: string, tier: string | null): FaultBehaviour | null {
    if (this.#orders.length === 0) return null;
    const order = this.#orders.find(
      (one) => one.venue === venue && (one.model ?? model) === model && (one.tier ?? tier) === tier,
    );
    if (!order) return null;
    if (order.times !== undefined && --order.times === 0) this.#orders.splice(this.#orders.indexOf(order), 1);
    return order;
  }
}
