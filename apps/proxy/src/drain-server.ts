/**
 * Closes the listening server without cutting an answer: no new connections, running answers to their end, then every
 * socket that is left. Node would wait for sockets that never sent a request until they time out.
 */
import type { Server } from 'node:http';

export class DrainServer {
  private running = 0;
  private onIdle: (() => void) | null = null;

  constructor(private readonly server: Server) {
    server.on('request', (_request, response) => {
      this.running += 1;
      response.once('close', () => {
        this.running -= 1;
        if (this.running === 0) this.onIdle?.();
      });
    });
  }

  /** Resolves when nothing runs any more, or after `drainMs`; all sockets are closed then. */
  async drain(drainMs: number): Promise<void> {
    this.server.close();
    if (this.running > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs);
        this.onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.server.closeAllConnections();
  }
}
