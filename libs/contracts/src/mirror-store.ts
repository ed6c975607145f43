/** The port where encrypted copies of calls wait for their replay, by pointer and for a limited time. */
export interface MirrorStore {
  /** Keeps `sealed` under `pointer` for `lifetimeMs`. Larger than `sizeMaxBytes`: false, and nothing is kept. */
  put(pointer: string, sealed: Buffer, lifetimeMs: number): Promise<boolean>;
  get(pointer: string): Promise<Buffer | null>;
  delete(pointer: string): Promise<void>;
  close(): Promise<void>;
}

export const mirrorSizeMaxBytes = 4 * 1024 * 1024;
export const mirrorLifetimeMs = 24 * 3600 * 1000;
