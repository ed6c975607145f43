/** Settings are parsed once, before anything else exists. A wrong or missing one ends the process with the whole list. */
import type { z } from 'zod';

/** Returns the parsed settings, or prints every problem and exits with 78 (EX_CONFIG). */
export function readSettings<Schema extends z.ZodType>(
  app: string,
  schema: Schema,
  from: NodeJS.ProcessEnv,
): z.output<Schema> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    process.stderr.write(`o10 needs Node >= 24, found ${process.versions.node}. Run: . scripts/node-bootstrap.sh\n`);
    process.exit(78);
  }
  const parsed = schema.safeParse(from);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  process.stderr.write(`${app}: settings refused\n${lines.join('\n')}\n`);
  process.exit(78);
}
