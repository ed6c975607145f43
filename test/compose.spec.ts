/** docker-compose.yml cannot be started where there is no engine; what can be checked of it is. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Compose {
  services: Record<
    string,
    { command?: string[]; environment?: Record<string, string>; depends_on?: Record<string, unknown> }
  >;
}
const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;

test('each app it starts exists, and what it depends on is there', () => {
  for (const { command, depends_on } of Object.values(services)) {
    const main = command?.find((word) => /^dist\/apps\/[a-z]+\/src\/main\.js$/.test(word));
    if (main) expect(existsSync(main.replace('dist/', '').replace('.js', '.ts'))).toBe(true);
    for (const name of Object.keys(depends_on ?? {})) expect(Object.keys(services)).toContain(name);
  }
});

test('the proxy gets no database: the request path outlives it', () => {
  expect(services['proxy']?.environment).not.toHaveProperty('DATABASE_URL');
  expect(services['proxy']?.environment).toHaveProperty('REDIS_URL');
  expect(services['worker']?.environment).toHaveProperty('DATABASE_URL');
});

test('Redis keeps what it is told and evicts nothing', () => {
  expect(services['redis']?.command?.join(' ')).toContain('--appendonly yes --maxmemory-policy noeviction');
});
