/**
 * The first SIGTERM or SIGINT closes in order, the second one leaves at once, and so does a close that takes too long:
 * what it waits for may never answer. An uncaught error closes too, and fails.
 */
import type { Log } from './log.js';

const closeWithinMs = 20_000;
const orphanedWithinMs = 5_000;

export function closeOnSignal(log: Log, close: () => Promise<void>, withinMs = closeWithinMs): void {
  let closing = false;
  const leave = (cause: string, code: number) => {
    if (closing) process.exit(1);
    closing = true;
    log.info({ cause }, 'closing');
    setTimeout(() => {
      log.error({ withinMs }, 'did not close in time');
      process.exit(1);
    }, withinMs).unref();
    close().then(
      () => process.exit(code),
      (error: unknown) => {
        log.error({ error: String(error) }, 'did not close cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => leave('SIGTERM', 0));
  process.on('SIGINT', () => leave('SIGINT', 0));
  process.on('uncaughtException', (error) => {
    log.fatal({ error: error.stack }, 'uncaught');
    leave('uncaught', 1);
  });
}

/** A child of a supervisor ends with it: its standard input closes when the parent dies, however it died. */
export function closeWithParent(supervised: boolean): void {
  if (!supervised) return;
  let orphaned = false;
  const leave = () => {
    if (orphaned) return;
    orphaned = true;
    setTimeout(() => process.exit(1), orphanedWithinMs); // the database went with the parent: do not wait for it
    process.kill(process.pid, 'SIGTERM');
  };
  process.stdin.on('end', leave).on('close', leave).on('error', leave);
  process.stdin.resume();
}
