// Types, lint, the dependency map and formatting, side by side: what one core waits for another does. Each prints when it
// has ended; the first that fails is not the last that is heard.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
await import('./generate.mjs');

const checks = {
  types: ['tsc', '-p', 'tsconfig.json'],
  lint: ['oxlint', '--type-aware', '--quiet'],
  'dependency map': [
    'depcruise',
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'err',
    'apps',
    'libs',
    'evals',
    'test',
  ],
  format: ['prettier', '--check', '--log-level', 'warn', '--cache', '--cache-strategy', 'content', '.'],
};

async function run([program, ...args]) {
  const child = spawn(join(root, 'node_modules/.bin', program), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code, said };
}

const outcomes = await Promise.all(
  Object.entries(checks).map(async ([name, command]) => {
    const startedAt = performance.now();
    const { code, said } = await run(command);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(code === 0 ? `${name}: ok, ${seconds} s\n` : `${name}: FAILED\n${said}\n`);
    return code;
  }),
);
process.exitCode = outcomes.every((code) => code === 0) ? 0 : 1;
