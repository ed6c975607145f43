// Keeps the proxy as it is built in dist/ as the previous one: one file of our code, packages left outside, and the
// desk's scripts beside it. Run at a release (`npm run build && node scripts/keep-previous-proxy.mjs`), so that the next
// version is tested side by side with this one.
import { cpSync, globSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '..');
const kept = join(root, 'test/previous-proxy');
const isOurs = (id) => /^[./#]/.test(id);

for (const file of globSync('*.{js,lua}', { cwd: kept })) rmSync(join(kept, file));
const bundle = await rolldown({
  input: join(root, 'dist/apps/proxy/src/main.js'),
  platform: 'node',
  external: (id) => !isOurs(id),
});
await bundle.write({ file: join(kept, 'proxy.bundle.js'), format: 'esm', minify: true, codeSplitting: false });
for (const script of globSync('dist/libs/redis/src/*.lua', { cwd: root }))
  cpSync(join(root, script), join(kept, basename(script)));
