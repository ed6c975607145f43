/** The disk of one proxy: it outlives the process, a write under way when that dies is cut anywhere, and it can be full. */
import type { JournalDisk, JournalFile } from '../../apps/proxy/src/journal-disk.js';
import { currentProcess, type VirtualTime } from './virtual-time.js';

export class SimulatedDisk implements JournalDisk {
  full = false;
  private readonly files = new Map<string, string>();

  constructor(private readonly time: VirtualTime) {}

  list(directory: string): string[] {
    return [...this.files.keys()].map((path) => path.slice(directory.length + 1));
  }

  create(path: string): JournalFile {
    if (this.files.has(path)) throw new Error(`${path} is there already`);
    this.files.set(path, '');
    return { write: (bytes) => this.write(path, bytes.toString()), close: () => undefined };
  }

  read(path: string): Promise<string> {
    const text = this.files.get(path);
    if (text === undefined) return Promise.reject(new Error(`${path} is not there`));
    return this.time.rest(this.time.between(0, this.time.chance(0.3) ? 300 : 5)).then(() => text);
  }

  remove(path: string): void {
    this.files.delete(path);
  }

  private write(path: string, text: string): Promise<void> {
    const { time } = this;
    const writer = currentProcess();
    return new Promise((resolve, reject) => {
      time.outside(() =>
        time.after(time.between(1, time.chance(0.2) ? 300 : 6), () => {
          const before = this.files.get(path);
          const cut = writer?.alive === false;
          if (before !== undefined && !this.full)
            this.files.set(path, before + (cut ? text.slice(0, time.between(0, text.length)) : text));
          if (!cut) time.as(writer, () => (this.full ? reject(new Error('ENOSPC')) : resolve()));
        }),
      );
    });
  }
}
