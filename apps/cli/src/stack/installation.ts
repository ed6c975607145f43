/**
 * What an embedded installation keeps between starts, in `.o10/`: its secrets (made once, readable by the owner only),
 * its logs, its journal. Losing the secrets file makes credentials and keys unreadable: back it up with the database.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Secrets = z.object({
  masterKey: z.string().regex(/^[0-9a-f]{64}$/),
  keyPepper: z.string().min(32),
  adminToken: z.string().min(32),
});
export type Secrets = z.output<typeof Secrets>;

export interface Installation {
  projectDir: string;
  /** Where everything below lies. */
  dir: string;
  secrets: Secrets;
}

/** Requires a writable project directory. Throws when the secrets file is there but not whole: it is never replaced. */
export function openInstallation(projectDir: string, name = '.o10'): Installation {
  const dir = join(projectDir, name);
  mkdirSync(join(dir, 'logs'), { recursive: true });
  const file = join(dir, 'secrets.json');
  if (!existsSync(file)) {
    const secret = () => randomBytes(32).toString('base64url');
    const made: Secrets = { masterKey: randomBytes(32).toString('hex'), keyPepper: secret(), adminToken: secret() };
    writeFileSync(file, JSON.stringify(made, null, 2), { mode: 0o600, flag: 'wx' });
  }
  return { projectDir, dir, secrets: Secrets.parse(JSON.parse(readFileSync(file, 'utf8'))) };
}
