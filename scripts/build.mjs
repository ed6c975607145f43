// Builds every app into dist/: the Prisma client when its schema changed, TypeScript, and the files code reads at run
// time (Lua scripts, suites). Incremental: a second run with nothing changed takes a second.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const run = (program, args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', program), ...args], { cwd: root, stdio: 'inherit' });

await import('./generate.mjs');
const buildInfo = join(root, 'dist/build.tsbuildinfo');
if (existsSync(buildInfo) && !existsSync(join(root, 'dist/apps/cli/src/main.js'))) rmSync(buildInfo);
run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
for (const file of globSync(['libs/**/*.lua', 'evals/suites/**/*.{yaml,jsonl}', 'apps/**/*.{yaml,jsonl}'], {
  cwd: root,
})) {
  mkdirSync(dirname(join(root, 'dist', file)), { recursive: true });
  cpSync(join(root, file), join(root, 'dist', file));
}
