/** Who is measured: o10's proxy as it is deployed with Redis, a bare proxy, and Portkey's gateway, all on one upstream. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { RedisDesk } from '#redis/redis-desk.js';
import { RedisSnapshotFeed } from '#redis/redis-snapshot-feed.js';
import { issueKey, keyPepper, masterKey } from '../support/venue-world.js';
import { benchDir, firstLine, projectDir, readTypeScript, type Running, start } from './processes.js';
import {
  deskEnvelopesOf,
  published,
  smallWorld,
  type Upstream,
  upstreams,
  useCaseOf,
  worldOf,
  type WorldSize,
} from './world.js';

export interface Contender {
  name: 'o10' | 'bare' | 'portkey';
  port: number;
  pid: number;
  /** What a call to this upstream must carry. */
  headers(upstream: Upstream): string[];
  stop(): Promise<void>;
}

export interface O10Contender extends Contender {
  /** Publishes a world of this size and returns when the proxy serves from it. */
  publish(size: WorldSize): Promise<void>;
  /** Calls served without a hold because the desk did not answer in time. They must be none for a figure to count. */
  unheld(): Promise<number>;
}

const organisation = 'bench';

/** The proxy from dist/ with its snapshot, keys and envelopes in Redis, put there as the control plane and the worker do. */
export async function startO10(
  redisUrl: string,
  basePort: number,
  { nodeFlags = [] as string[], journalParent = benchDir, build = projectDir } = {},
): Promise<O10Contender> {
  const feed = new RedisSnapshotFeed({ redis: redisUrl, organisation, commandTimeoutMs: 10_000 });
  const desk = new RedisDesk({ redis: redisUrl, organisation, commandTimeoutMs: 10_000 });
  await untilConnected(() => feed.latest());
  await untilConnected(() => desk.balances([]));
  let version = (await feed.latest())?.version ?? 0;
  const put = async (size: WorldSize) => {
    const world = worldOf(size, basePort, ++version);
    await desk.putEnvelopes(deskEnvelopesOf(world));
    await feed.publish(published(world));
  };
  if (version === 0) await desk.rebuild({ envelopes: [], balances: [], holds: [], lines: [] });
  await put(smallWorld);
  const { key, secret } = issueKey({ organisation, team: 'bench' });
  await feed.publishKeys([key]);
  mkdirSync(benchDir, { recursive: true });
  const journal = mkdtempSync(resolve(journalParent, 'journal-'));
  const running = start(process.execPath, [...nodeFlags, resolve(build, 'dist/apps/proxy/src/main.js')], {
    PORT: '0',
    REDIS_URL: redisUrl,
    ORGANISATION: organisation,
    O10_MASTER_KEY: masterKey,
    O10_KEY_PEPPER: keyPepper,
    O10_JOURNAL_DIR: journal,
    // A machine that is also the generator, the upstream and Redis may hold an answer up longer than a desk would.
    O10_DESK_TIMEOUT_MS: '2000',
    LOG_LEVEL: 'warn',
  });
  const { proxy } = await firstLine<{ proxy: string }>(running);
  return {
    name: 'o10',
    port: Number(new URL(proxy).port),
    pid: running.pid,
    headers: (upstream) => [`Authorization: Bearer ${secret}`, `x-o10-use-case: ${useCaseOf(upstream)}`],
    publish: async (size) => {
      await put(size);
      while ((await ready(proxy)) !== version) await new Promise((done) => setTimeout(done, 20));
    },
    unheld: () => unheldOf(proxy),
    stop: async () => {
      await running.stop();
      await feed.close();
      await desk.close();
      rmSync(journal, { recursive: true, force: true });
    },
  };
}

async function untilConnected(ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    try {
      return void (await ask());
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

const ready = async (proxy: string): Promise<number | null> =>
  ((await (await fetch(`${proxy}/ready`)).json()) as { snapshot: number | null }).snapshot;

async function unheldOf(proxy: string): Promise<number> {
  const text = await (await fetch(`${proxy}/metrics`)).text();
  const counts = [
    ...text.matchAll(/^o10_(?:route_decisions_total\{reason="desk_down"\}|shadow_dropped_total\{.*\}) (\d+)/gm),
  ];
  return counts.reduce((sum, found) => sum + Number(found[1]), 0);
}

const portHeader = (basePort: number, upstream: Upstream) => basePort + upstreams[upstream];

export async function startBare(basePort: number): Promise<Contender> {
  const running: Running = start(process.execPath, [...readTypeScript, resolve(import.meta.dirname, 'bare-proxy.ts')]);
  const { bare } = await firstLine<{ bare: number }>(running);
  const headers = (upstream: Upstream) => [
    'Authorization: Bearer sk-bench-upstream',
    `x-upstream-port: ${portHeader(basePort, upstream)}`,
  ];
  return { name: 'bare', port: bare, pid: running.pid, headers, stop: running.stop };
}

const portkeyDir = resolve(projectDir, '.tools/bench-portkey');
const portkeyVersion = '1.15.2';
/** Of Portkey's own lock file: with later ones every stream answers 500 (`TypeError: immutable`). */
const portkeyOverrides = { '@hono/node-server': '1.13.5', hono: '4.9.7' };

/** Installs Portkey's gateway once, outside the project's own packages. Null, and a loud line, where that fails. */
export async function startPortkey(basePort: number): Promise<Contender | null> {
  const server = resolve(portkeyDir, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  try {
    if (!existsSync(server)) installPortkey();
    const port = 40_000 + Math.floor(Math.random() * 10_000);
    const running = start(process.execPath, [server, `--port=${port}`, '--headless']);
    running.child.stdout?.resume();
    await untilConnected(() => fetch(`http://127.0.0.1:${port}/`));
    const headers = (upstream: Upstream) => [
      'Authorization: Bearer sk-bench-upstream',
      'x-portkey-provider: openai',
      `x-portkey-custom-host: http://127.0.0.1:${portHeader(basePort, upstream)}/v1`,
    ];
    return { name: 'portkey', port, pid: running.pid, headers, stop: running.stop };
  } catch (error) {
    process.stderr.write(
      `\n!!! @portkey-ai/gateway ${portkeyVersion} cannot be run: NOT COMPARED. ${String(error).slice(0, 500)}\n\n`,
    );
    return null;
  }
}

function installPortkey(): void {
  mkdirSync(portkeyDir, { recursive: true });
  const manifest = {
    private: true,
    dependencies: { '@portkey-ai/gateway': portkeyVersion },
    overrides: portkeyOverrides,
  };
  writeFileSync(resolve(portkeyDir, 'package.json'), JSON.stringify(manifest));
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', ['install', ...flags], { cwd: portkeyDir, stdio: 'pipe', timeout: 120_000 });
}
