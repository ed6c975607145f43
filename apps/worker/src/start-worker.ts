/** Starts the parts of a worker in the order they need each other, and closes them in reverse. */
import type { Log } from '#runtime/log.js';
import type { WorkerParts } from './worker.module.js';

const venuesGraceMs = 5_000;

/** The feed may be down or empty: it is looked at again. Rejects when the queue's store cannot be reached. */
export async function startWorker(parts: WorkerParts, log: Log): Promise<{ close(): Promise<void> }> {
  const { snapshot, loops, processors, webhooks, venues, sandbox, stores } = parts;
  const look = () => {
    snapshot.refresh().catch((error: unknown) => log.warn({ error: String(error) }, 'the feed does not answer'));
  };
  const unsubscribe = await stores.feed.subscribe(look).catch((error: unknown) => {
    log.warn({ error: String(error) }, 'no news from the feed; looking every second');
    return null;
  });
  loops.start();
  for (const processor of processors) await processor.start();
  return {
    close: async () => {
      await Promise.all(processors.map((processor) => processor.close()));
      await Promise.all([venues.close(venuesGraceMs), sandbox.close()]);
      await loops.close();
      await Promise.all([webhooks.queue.close(), webhooks.client.close()]);
      await unsubscribe?.();
      await stores.close();
    },
  };
}
