/** One atomic step: a `.lua` file of this folder, sent by its digest, and in full to a server that does not know it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisConnection } from './open-redis.js';

export class LuaScript<Answer> {
  readonly #source: string;
  readonly #digest: string;

  /** Reads `<name>.lua` beside this file, in the sources or in the build. */
  constructor(name: string) {
    this.#source = readFileSync(join(import.meta.dirname, `${name}.lua`), 'utf8');
    this.#digest = createHash('sha1').update(this.#source).digest('hex');
  }

  /** All keys must share a hash tag. Throws what Redis answers, and errors of the connection. */
  async run(connection: RedisConnection, keys: string[], args: (string | number)[]): Promise<Answer> {
    try {
      return (await connection.evalsha(this.#digest, keys.length, ...keys, ...args)) as Answer;
    } catch (error) {
      if (!unknownScript(error)) throw error;
      return (await connection.eval(this.#source, keys.length, ...keys, ...args)) as Answer;
    }
  }

  /** The same, texts of the answer as the bytes they are. */
  async runForBytes(connection: RedisConnection, keys: string[], args: (string | number)[]): Promise<Answer> {
    try {
      return (await connection.callBuffer('EVALSHA', this.#digest, keys.length, ...keys, ...args)) as Answer;
    } catch (error) {
      if (!unknownScript(error)) throw error;
      return (await connection.callBuffer('EVAL', this.#source, keys.length, ...keys, ...args)) as Answer;
    }
  }
}

const unknownScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT');
