// Generates the Prisma client when prisma/schema.prisma is newer than it. Prisma wants a schema engine binary that it
// never calls for this; /bin/true stands in, so that nothing is downloaded.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const schema = join(root, 'prisma/schema.prisma');
const client = join(root, 'libs/postgres/src/generated/client.ts');
if (!existsSync(client) || statSync(client).mtimeMs < statSync(schema).mtimeMs) {
  execFileSync(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' },
  });
}
