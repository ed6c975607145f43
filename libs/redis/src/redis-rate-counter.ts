/** Requests per second in Redis: a number for each who asks, moved by one script per batch. */
import type { RateAnswer, RateCounter, RateRequest } from '#contracts/rate-counter.js';
import { LuaScript } from './lua-script.js';
import { redisOf, type RedisConnection, type RedisSource } from './open-redis.js';
import { keyPrefix } from './partition.js';

/** Who asks waits for it: a Redis slower than this counts as down. */
const commandTimeoutMs = 250;

const takeRate = new LuaScript<string[]>('take-rate');

export class RedisRateCounter implements RateCounter {
  readonly #connection: RedisConnection;
  readonly #close: () => void;
  readonly #key: string;

  constructor({ organisation, ...source }: RedisSource & { organisation: string }) {
    ({ connection: this.#connection, close: this.#close } = redisOf(source, commandTimeoutMs));
    this.#key = `${keyPrefix(organisation)}:rates`;
  }

  async take(requests: RateRequest[]): Promise<RateAnswer[]> {
    const args = requests.flatMap(({ subject, perSecond }) => [subject, perSecond]);
    const waits = await takeRate.run(this.#connection, [this.#key], args);
    return waits.map((wait) => (wait === '' ? null : Number(wait) / 1_000));
  }

  async close(): Promise<void> {
    this.#close();
  }
}
