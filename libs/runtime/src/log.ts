/** JSON lines on standard error. What is logged is chosen field by field: never headers, bodies, keys or answers. */
import { pino, type Logger } from 'pino';

export type Log = Logger;

export function makeLog(app: string, level: string): Log {
  return pino(
    {
      level,
      base: { app },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.authorization', '*.secret', '*.credential', '*.apiKey'],
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
