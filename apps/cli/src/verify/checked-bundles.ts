/** Every bundle of an export, checked and in order: here, or by threads that work ahead a little. */
import { Worker } from 'node:worker_threads';
import type { TileSpan } from '#contracts/ledger-tree.js';
import { tilesOf } from '#domain/ledger/tile.js';
import type { SentBundle } from './bundle-thread.js';
import { checkBundle, type CheckedBundle } from './check-bundle.js';

/** Bundles a thread has in hand at most: what bounds the memory. */
const aheadPerThread = 4;

export async function* checkedBundles(
  dirs: readonly string[],
  size: bigint,
  threads: number,
): AsyncGenerator<CheckedBundle> {
  if (threads === 0) for (const span of bundlesOf(size)) yield checkBundle(dirs, span);
  else yield* fromThreads(dirs, size, threads);
}

function* bundlesOf(size: bigint): Generator<TileSpan> {
  for (const span of tilesOf(size)) {
    if (span.level > 0) return;
    yield span;
  }
}

async function* fromThreads(dirs: readonly string[], size: bigint, count: number): AsyncGenerator<CheckedBundle> {
  const threads = Array.from({ length: count }, () => new BundleThread(dirs));
  try {
    const asked: Promise<CheckedBundle>[] = [];
    let next = 0;
    for (const span of bundlesOf(size)) {
      const answer = threads[next++ % count]!.check(span);
      // Thrown when its turn comes.
      answer.catch(() => undefined);
      asked.push(answer);
      if (asked.length >= count * aheadPerThread) yield await asked.shift()!;
    }
    for (const answer of asked) yield await answer;
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

class BundleThread {
  private readonly worker: Worker;
  private readonly waiting: { resolve: (checked: CheckedBundle) => void; reject: (error: unknown) => void }[] = [];

  constructor(dirs: readonly string[]) {
    this.worker = new Worker(new URL('./bundle-thread.js', import.meta.url), { workerData: { dirs } });
    this.worker.on('message', ({ said, ...checked }: SentBundle) =>
      this.waiting.shift()?.resolve({ ...checked, said: JSON.parse(said) as CheckedBundle['said'] }),
    );
    this.worker.on('error', (error) => {
      for (const { reject } of this.waiting.splice(0)) reject(error);
    });
  }

  /** Answers come in the order of the questions. */
  check(span: TileSpan): Promise<CheckedBundle> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(span, []);
    });
  }

  end(): Promise<number> {
    return this.worker.terminate();
  }
}
