/**
 * The main job once, on real components: shadow, replay, grade, judge, sign, enforce, stop at an envelope, verify. The
 * application is the official OpenAI client over HTTP; only the venues are simulated.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlClient } from '../configure/ask-control.js';
import { applyConfiguration } from '../configure/apply-configuration.js';
import { readConfiguration } from '../configure/read-configuration.js';
import { openInstallation } from '../stack/installation.js';
import { startProcess } from '../stack/start-process.js';
import { type Stack, startStack } from '../stack/start-stack.js';
import { closeBooks } from './close-books.js';
import { ControlRoom } from './control-room.js';
import { venueKeyVariable, writeConfiguration } from './demo-configuration.js';
import type { DemoResult } from './demo-result.js';
import { DemoView } from './demo-view.js';
import { useCases, venues } from './demo-world.js';
import { enforceAndSpend } from './enforce-and-spend.js';
import { proveInShadow } from './prove-in-shadow.js';
import { simulatorConfig, venueKey } from './simulator-config.js';
import { writeJson } from './write-json.js';

export interface DemoOptions {
  projectDir: string;
  distDir: string;
  seed: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  /** Everything but the result goes to standard error then. */
  json: boolean;
}

export interface DemoStage {
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

export interface RunningDemo {
  result: DemoResult;
  stage: DemoStage;
  stop: () => Promise<void>;
}

/** Resolves with everything still running. Rejects with everything stopped. */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const view = new DemoView(options.json ? process.stderr : process.stdout, options.json);
  const dir = join(options.projectDir, '.o10', 'demo');
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, 'logs'), { recursive: true });
  const closing: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  leaveOnSignal(stop);
  try {
    const stage = await setTheStage(options, dir, view, closing);
    const shadow = await proveInShadow(stage);
    const enforced = await enforceAndSpend(stage, shadow);
    const result = await closeBooks(stage, enforced, options.seed);
    return { result, stage, stop };
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

async function setTheStage(
  options: DemoOptions,
  dir: string,
  view: DemoView,
  closing: (() => Promise<void>)[],
): Promise<DemoStage> {
  view.step('Starting the venues (simulated) and o10');
  const config = join(dir, 'simulator.json');
  await writeJson(config, simulatorConfig(options.seed));
  const simulator = await startProcess({
    name: 'simulator',
    script: join(options.distDir, 'apps/simulator/src/main.js'),
    args: ['--config', config, '--with-parent'],
    env: {},
    logFile: join(dir, 'logs', 'simulator.log'),
  });
  closing.push(() => simulator.stop());
  const installation = openInstallation(options.projectDir, '.o10/demo');
  const stack = await startStack({
    installation,
    distDir: options.distDir,
    databaseUrl: options.databaseUrl,
    redisUrl: options.redisUrl,
    disposable: 'demo',
    proxyPort: 0,
    controlPort: 0,
    logLevel: 'info',
    settings: { worker: { O10_CHECKPOINT_SECONDS: '1' } },
    onStep: (text) => view.say(text),
    onStoppable: (stop) => closing.push(stop),
  });
  const admin: ControlClient = { controlUrl: stack.controlUrl, token: installation.secrets.adminToken };
  const room = new ControlRoom(admin);
  view.step('Applying o10.yaml: venues, routes, prices, four use cases in shadow, envelopes');
  const file = await writeConfiguration(dir, simulator.address);
  const secrets = Object.fromEntries(venues.map(({ id }) => [venueKeyVariable(id), venueKey(id)]));
  const { changes } = await applyConfiguration(admin, await readConfiguration(file, secrets));
  view.say(`${changes.length} changes applied from ${file}`);
  const keys = Object.fromEntries(
    await Promise.all(useCases.map(async ({ slug, team }) => [slug, await room.key(slug, team)] as const)),
  );
  const engineer = await room.member('engineer@demo', 'engineer');
  const finance = await room.member('finance@demo', 'finance');
  return {
    dir,
    stack,
    simulatorUrl: simulator.address,
    room,
    view,
    keys,
    engineer,
    finance,
    startedAt: new Date().toISOString(),
  };
}
