/** Sealed copies of calls in Redis, each a key with a lifetime: Redis forgets them by itself. */
import type { MirrorStore } from '#contracts/mirror-store.js';
import { mirrorSizeMaxBytes } from '#contracts/mirror-store.js';
import { redisOf, type RedisConnection, type RedisSource } from './open-redis.js';

/** Megabytes travel here, and no caller waits. */
const commandTimeoutMs = 2_000;

export class RedisMirrorStore implements MirrorStore {
  readonly #connection: RedisConnection;
  readonly #close: () => void;
  readonly #sizeMaxBytes: number;

  constructor({ sizeMaxBytes = mirrorSizeMaxBytes, ...source }: RedisSource & { sizeMaxBytes?: number }) {
    ({ connection: this.#connection, close: this.#close } = redisOf(source, commandTimeoutMs));
    this.#sizeMaxBytes = sizeMaxBytes;
  }

  async put(pointer: string, sealed: Buffer, lifetimeMs: number): Promise<boolean> {
    if (sealed.byteLength > this.#sizeMaxBytes) return false;
    await this.#connection.set(keyOf(pointer), sealed, 'PX', Math.ceil(lifetimeMs));
    return true;
  }

  get(pointer: string): Promise<Buffer | null> {
    return this.#connection.getBuffer(keyOf(pointer));
  }

  async delete(pointer: string): Promise<void> {
    await this.#connection.unlink(keyOf(pointer));
  }

  async close(): Promise<void> {
    this.#close();
  }
}

/** Without a tag: payloads spread over all nodes of a cluster. */
const keyOf = (pointer: string): string => `o10:mirror:${pointer}`;
