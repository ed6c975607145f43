/**
 * Simulated venues, o10 as three processes, a declared world and the people who use it. Everything it starts is stopped
 * by `stop`, also when it rejects half-way: what runs is remembered before the next thing is started.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { applyConfiguration } from '../configure/apply-configuration.js';
import type { ControlClient } from '../configure/ask-control.js';
import { readConfiguration } from '../configure/read-configuration.js';
import { openInstallation } from '../stack/installation.js';
import { startProcess } from '../stack/start-process.js';
import { type Stack, startStack } from '../stack/start-stack.js';
import { ControlRoom } from './control-room.js';
import type { DemoView } from './demo-view.js';
import { waitFor } from './wait-for.js';
import { writeJson } from './write-json.js';

export interface StageOptions {
  projectDir: string;
  distDir: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  /** Lower-case letters and underscores; the folder under `.o10/`, emptied first, and the database. */
  name: string;
  /** The simulator's configuration; its relative paths count from the stage's folder. */
  simulator: unknown;
  /** Writes o10.yaml and what it names; returns its path. */
  writeConfiguration: (dir: string, simulatorUrl: string) => Promise<string>;
  /** What `key: env:NAME` of the venues means. */
  secrets: Record<string, string>;
  useCases: readonly { slug: string; team: string }[];
  view: DemoView;
}

export interface Stage {
  dir: string;
  stack: Stack;
  simulatorUrl: string;
  room: ControlRoom;
  view: DemoView;
  /** The application's key, by use case. */
  keys: Record<string, string>;
  engineer: ControlClient;
  finance: ControlClient;
  startedAt: string;
}

/** Runs `work` on an open stage and returns what it returned, with everything still running. Rejects with everything stopped. */
export async function withStage<Result>(
  options: StageOptions,
  work: (stage: Stage) => Promise<Result>,
): Promise<{ result: Result; stage: Stage; stop: () => Promise<void> }> {
  const dir = join(options.projectDir, '.o10', options.name);
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, 'logs'), { recursive: true });
  const closing: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  leaveOnSignal(stop);
  try {
    const stage = await openStage(options, dir, closing);
    return { result: await work(stage), stage, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ctrl-C at any moment leaves nothing running; a second one does not wait for it. */
function leaveOnSignal(stop: () => Promise<void>): void {
  let leaving = false;
  const leave = () => {
    if (leaving) process.exit(130);
    leaving = true;
    void stop().finally(() => process.exit(130));
  };
  process.on('SIGINT', leave);
  process.on('SIGTERM', leave);
}

async function openStage(options: StageOptions, dir: string, closing: (() => Promise<void>)[]): Promise<Stage> {
  const { view, useCases } = options;
  view.step('Starting the venues (simulated) and o10');
  const config = join(dir, 'simulator.json');
  await writeJson(config, options.simulator);
  const simulator = await startProcess({
    name: 'simulator',
    script: join(options.distDir, 'apps/simulator/src/main.js'),
    args: ['--config', config, '--with-parent'],
    env: {},
    logFile: join(dir, 'logs', 'simulator.log'),
  });
  closing.push(() => simulator.stop());
  const installation = openInstallation(options.projectDir, join('.o10', options.name));
  const stack = await startStack({
    installation,
    distDir: options.distDir,
    databaseUrl: options.databaseUrl,
    redisUrl: options.redisUrl,
    disposable: options.name,
    proxyPort: 0,
    controlPort: 0,
    logLevel: 'info',
    settings: { worker: { O10_CHECKPOINT_SECONDS: '1' } },
    onStep: (text) => view.say(text),
    onStoppable: (stop) => closing.push(stop),
  });
  const admin: ControlClient = { controlUrl: stack.controlUrl, token: installation.secrets.adminToken };
  const room = new ControlRoom(admin);
  view.step(`Applying o10.yaml: venues, routes, prices, ${useCases.length} use cases in shadow, envelopes`);
  const file = await options.writeConfiguration(dir, simulator.address);
  const { changes } = await applyConfiguration(admin, await readConfiguration(file, options.secrets));
  view.say(`${changes.length} changes applied from ${file}`);
  const keys = Object.fromEntries(
    await Promise.all(useCases.map(async ({ slug, team }) => [slug, await room.key(slug, team)] as const)),
  );
  const [engineer, finance] = [
    await room.member('engineer@demo', 'engineer'),
    await room.member('finance@demo', 'finance'),
  ];
  const startedAt = new Date().toISOString();
  return { dir, stack, simulatorUrl: simulator.address, room, view, keys, engineer, finance, startedAt };
}

/** Until the proxy serves from the newest snapshot. */
export async function snapshotReached({ room, stack }: Stage): Promise<void> {
  const version = await room.snapshotVersion();
  const reached = async () => {
    const ready = (await (await fetch(`${stack.proxyUrl}/ready`)).json()) as { snapshot: number | null };
    return (ready.snapshot ?? 0) >= version;
  };
  await waitFor(reached, `the proxy does not follow to snapshot ${version}`);
}
