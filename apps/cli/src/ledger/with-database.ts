/** Work on the installation's database, as its owner: the one in DATABASE_URL, else the embedded one, started for it when it is not up. */
import { runningEmbedded } from '#postgres/embedded/running-embedded.js';
import { startEmbedded } from '#postgres/embedded/start-embedded.js';
import type { Place } from '../place.js';

export async function withDatabase<T>({ projectDir, settings }: Place, work: (url: string) => Promise<T>): Promise<T> {
  const running = settings.DATABASE_URL ?? (await runningEmbedded(projectDir, 'postgres'));
  if (running) return work(running);
  const embedded = await startEmbedded({ projectDir, name: 'postgres' });
  try {
    return await work(embedded.url);
  } finally {
    await embedded.stop();
  }
}
