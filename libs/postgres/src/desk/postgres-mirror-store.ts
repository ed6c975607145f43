/** Sealed copies of calls in PostgreSQL. What is past its lifetime is not given out, and swept away by later puts. */
import type { MirrorStore } from '#contracts/mirror-store.js';
import { mirrorSizeMaxBytes } from '#contracts/mirror-store.js';
import { DeskDatabase, type DeskDatabaseSettings } from './desk-database.js';

export class PostgresMirrorStore implements MirrorStore {
  readonly #database: DeskDatabase;
  readonly #sizeMaxBytes: number;

  constructor({ sizeMaxBytes = mirrorSizeMaxBytes, ...settings }: DeskDatabaseSettings & { sizeMaxBytes?: number }) {
    this.#database = new DeskDatabase(settings);
    this.#sizeMaxBytes = sizeMaxBytes;
  }

  async put(pointer: string, sealed: Buffer, lifetimeMs: number): Promise<boolean> {
    if (sealed.byteLength > this.#sizeMaxBytes) return false;
    await this.#database.rows('mirror_put', 'SELECT mirror_put($1, $2, $3)', [pointer, sealed, Math.ceil(lifetimeMs)]);
    return true;
  }

  async get(pointer: string): Promise<Buffer | null> {
    const [row] = await this.#database.rows<{ sealed: Buffer }>(
      'mirror_get',
      'SELECT sealed FROM mirror_payload WHERE pointer = $1 AND expires_at > clock_timestamp()',
      [pointer],
    );
    return row?.sealed ?? null;
  }

  async delete(pointer: string): Promise<void> {
    await this.#database.rows('mirror_delete', 'DELETE FROM mirror_payload WHERE pointer = $1', [pointer]);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
