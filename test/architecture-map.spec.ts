/** The map bites: forbidden imports are written into a copy of the tree, and each must be caught by its own rule. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'o10-map-'));
  for (const part of ['apps', 'libs', '.dependency-cruiser.mjs', 'package.json', 'tsconfig.base.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true }));

/** Rules broken by the tree, by name. */
function broken(): string[] {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [program, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'apps', 'libs'];
  const output = execFileSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return summary.violations.map((violation) => `${violation.rule.name} ${violation.from}`);
}

/** [rule, file, what it imports] */
const forbidden: [string, string, string][] = [
  ['contracts-map', 'libs/contracts/src/x.ts', '#domain/routing/choose-route.js'],
  ['contracts-imports-no-io', 'libs/contracts/src/x.ts', 'node:fs'],
  ['domain-map', 'libs/domain/src/gate/x.ts', '#protocols/protocol.js'],
  ['domain-imports-no-io', 'libs/domain/src/gate/x.ts', 'node:fs'],
  ['domain-imports-no-io', 'libs/domain/src/gate/x.ts', 'pg'],
  ['protocols-map', 'libs/protocols/src/x.ts', '#venues/venue-client.js'],
  ['protocols-imports-no-io', 'libs/protocols/src/x.ts', 'undici'],
  ['runtime-map', 'libs/runtime/src/x.ts', '#domain/routing/choose-route.js'],
  ['venues-map', 'libs/venues/src/x.ts', '#redis/redis-desk.js'],
  ['venues-owns-undici', 'libs/redis/src/x.ts', 'undici'],
  ['redis-map', 'libs/redis/src/x.ts', '#postgres/migrate.js'],
  ['redis-owns-ioredis', 'libs/queues/src/x.ts', 'ioredis'],
  ['queues-owns-bullmq', 'apps/proxy/src/x.ts', 'bullmq'],
  ['postgres-owns-prisma', 'apps/control/src/x.ts', '@prisma/client'],
  ['postgres-owns-pg', 'apps/worker/src/x.ts', 'pg'],
  ['generated-client-stays-home', 'apps/control/src/x.ts', '../../../libs/postgres/src/generated/client.js'],
  ['proxy-map', 'apps/proxy/src/x.ts', '#postgres/migrate.js'],
  ['proxy-map', 'apps/proxy/src/x.ts', '../../worker/src/env.js'],
  ['control-map', 'apps/control/src/x.ts', '#venues/venue-client.js'],
  ['cli-map', 'apps/cli/src/x.ts', '#redis/redis-desk.js'],
  ['simulator-map', 'apps/simulator/src/x.ts', '#domain/pricing/cost-of.js'],
  ['simulator-map', 'apps/simulator/src/x.ts', '#contracts/money.js'],
  ['verifier-needs-files-only', 'apps/cli/src/verify/x.ts', '#postgres/migrate.js'],
  ['nest-in-named-files', 'apps/control/src/x.ts', '@nestjs/common'],
  ['nest-in-named-files', 'libs/domain/src/gate/x.ts', 'rxjs'],
  ['features-do-not-meet', 'apps/control/src/venues/x.ts', '../keys/keys.controller.js'],
  ['used', 'libs/domain/src/gate/nobody.ts', ''],
];

test('the tree as it is breaks no rule', () => expect(broken()).toEqual([]), 60_000);

test('each forbidden import is caught by its rule', () => {
  const written = forbidden.map(([rule, file, imported], number) => {
    const path = file.replace(/[^/]+\.ts$/, (name) => `forbidden-${number}-${name}`);
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), imported ? `import ${JSON.stringify(imported)};\n` : 'export const x = 1;\n');
    return `${rule} ${path}`;
  });
  const caught = new Set(broken());
  expect(written.filter((one) => !caught.has(one))).toEqual([]);
}, 60_000);
