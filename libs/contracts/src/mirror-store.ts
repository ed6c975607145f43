/**
 * The port where what is sealed waits under a pointer for a limited time: copies of calls for their replay, and which
 * route made an answer its venue keeps.
 */
export interface MirrorStore {
  /** Keeps `sealed` under `pointer` for `lifetimeMs`. Larger than `sizeMaxBytes`: false, and nothing is kept. */
  put(pointer: string, sealed: Buffer, lifetimeMs: number): Promise<boolean>;
  get(pointer: string): Promise<Buffer | null>;
  delete(pointer: string): Promise<void>;
  close(): Promise<void>;
}

export const mirrorSizeMaxBytes = 4 * 1024 * 1024;
export const mirrorLifetimeMs = 24 * 3600 * 1000;
