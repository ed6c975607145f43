/**
 * Looks now and then whether the feed still holds what was published, and fills it again when it lost it: a Redis that
 * was flushed or replaced needs nobody to notice. While the feed is away the control API serves on.
 */
import { restoreFeed } from '#postgres/admin/publish-keys.js';
import type { ControlContext } from './control-context.js';

/** Returns how to stop. The first look is at once; after a failed one the next comes within a second. */
export function keepFeed(
  { publishing, log }: Pick<ControlContext, 'publishing' | 'log'>,
  everyMs: number,
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let away = false;
  const look = async (): Promise<void> => {
    try {
      const restored = await restoreFeed(publishing);
      if (restored.snapshot !== null || restored.keys > 0) log.warn(restored, 'the snapshot feed was filled again');
      if (away) log.info('the snapshot feed answers again');
      away = false;
    } catch (error) {
      if (!away) log.warn({ error: String(error) }, 'the snapshot feed does not answer');
      away = true;
    }
    const lookAgain = () => {
      looking = look();
    };
    if (!stopped) timer = setTimeout(lookAgain, away ? Math.min(1_000, everyMs) : everyMs);
  };
  let looking = look();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await looking;
  };
}
