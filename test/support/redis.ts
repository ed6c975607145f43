/**
 * Redis servers of a suite's own: one, or a cluster of three without replicas. Where no redis-server is installed,
 * suites skip and say so; with O10_REQUIRE_REDIS=1 they fail instead, so that CI cannot go quiet.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';

export interface TestRedis {
  url: string;
  port: number;
  /** For faults: kill, SIGSTOP, SIGCONT. */
  process: ChildProcess;
  stop(): Promise<void>;
  /** SIGKILL, and started again on the same port and the same files. */
  restart(): Promise<void>;
}

export interface TestRedisCluster {
  nodes: { host: string; port: number }[];
  /** The nodes as `openRedis` takes them. */
  url: string;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const slotCount = 16_384;

/** Whether suites that need Redis can run; prints a line when they cannot. For `describe.skipIf(!redisAvailable())`. */
export function redisAvailable(): boolean {
  if (findServer()) return true;
  if (process.env['O10_REQUIRE_REDIS'] === '1') return true;
  process.stderr.write(
    '\n!!! No redis-server on PATH: everything that needs Redis is SKIPPED (O10_REQUIRE_REDIS=1 forbids it).\n\n',
  );
  return false;
}

/** `settings` are further arguments of redis-server. Throws when there is none. */
export async function startRedis(settings: string[] = []): Promise<TestRedis> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'o10-redis-'));
  const start = () =>
    spawn(serverBinary(), [...baseSettings(port, directory), ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  const running = { url: `redis://${host}:${port}`, port, process: start() };
  await untilAccepting(running.process);
  const kill = async () => {
    const server = running.process;
    server.kill('SIGCONT');
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  return Object.assign(running, {
    stop: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
    restart: async () => {
      await kill();
      running.process = start();
      await untilAccepting(running.process);
    },
  });
}

/** Three nodes that agree on who has which slots. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const servers: TestRedis[] = [];
  for (let n = 0; n < 3; n += 1) {
    const busPort = String(await freePort());
    servers.push(
      await startRedis(['--cluster-enabled', 'yes', '--cluster-port', busPort, '--cluster-node-timeout', '2000']),
    );
  }
  const nodes = servers.map(({ port }) => ({ host, port }));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const clients = nodes.map((node) => new Redis(node));
  try {
    await join3(clients, nodes);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
  return { nodes, url: nodes.map(({ port }) => `redis://${host}:${port}`).join(','), stop };
}

async function join3(clients: Redis[], nodes: TestRedisCluster['nodes']): Promise<void> {
  const share = Math.ceil(slotCount / clients.length);
  for (const [n, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', n * share, Math.min((n + 1) * share, slotCount) - 1);
    const bus = (await client.config('GET', 'cluster-port')) as string[];
    // The bus of each is at a port of its own choice, so it must be named.
    for (const other of clients)
      if (other !== client) await other.call('CLUSTER', 'MEET', host, nodes[n]?.port ?? 0, bus[1] ?? '');
  }
  const deadlineMs = Date.now() + 20_000;
  for (const client of clients) {
    while (!(await agrees(client, clients.length))) {
      if (Date.now() > deadlineMs) throw new Error('The Redis nodes do not form a cluster.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function agrees(client: Redis, size: number): Promise<boolean> {
  const state = String(await client.call('CLUSTER', 'INFO'));
  const slots = (await client.call('CLUSTER', 'SLOTS')) as unknown[];
  return state.includes('cluster_state:ok') && slots.length === size;
}

function baseSettings(port: number, directory: string): string[] {
  const settings = {
    port,
    bind: host,
    dir: directory,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function findServer(): string | undefined {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return places.map((place) => join(place, 'redis-server')).find((path) => existsSync(path));
}

function serverBinary(): string {
  const binary = findServer();
  if (!binary) throw new Error('No redis-server found on PATH, /usr/bin or /usr/local/bin.');
  return binary;
}

async function untilAccepting(server: ChildProcess): Promise<void> {
  let words = '';
  const ready = new Promise<void>((resolve) => {
    const listen = (chunk: Buffer) => {
      words += chunk.toString();
      if (words.includes('Ready to accept connections')) resolve();
    };
    server.stdout?.on('data', listen);
    server.stderr?.on('data', listen);
  });
  const died = once(server, 'exit').then(() => {
    throw new Error(`redis-server did not start: ${words}`);
  });
  died.catch(() => undefined);
  await Promise.race([ready, died]);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
