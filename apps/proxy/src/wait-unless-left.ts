/** The one wait of the request path that is not for a venue: between two tries of a busy flex tier. */
import type { ServerResponse } from 'node:http';

/** True after so long; false as soon as the client has left. */
export async function waitUnlessLeft(ms: number, client: ServerResponse): Promise<boolean> {
  if (client.destroyed) return false;
  return new Promise((resolve) => {
    const onClose = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      client.off('close', onClose);
      resolve(true);
    }, ms);
    client.once('close', onClose);
  });
}
