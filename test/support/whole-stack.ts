/** Control, worker and proxy in this process over one database, declared by an o10.yaml, and the venues it names, simulated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { makeLog } from '#runtime/log.js';
import { applyConfiguration } from '../../apps/cli/src/configure/apply-configuration.js';
import { readConfiguration } from '../../apps/cli/src/configure/read-configuration.js';
import { type RunningControl, startControl } from '../../apps/control/src/control-fixture.spec-data.js';
import { startProxy } from '../../apps/proxy/src/proxy.module.js';
import type { SimulatorConfigInput } from '../../apps/simulator/src/config.js';
import { type Simulator, startSimulator } from '../../apps/simulator/src/start-simulator.js';
import { WorkerSettings } from '../../apps/worker/src/env.js';
import { startWorker } from '../../apps/worker/src/start-worker.js';
import { buildWorker } from '../../apps/worker/src/worker.module.js';
import { workerStores } from '../../apps/worker/src/worker-stores.js';
import { ready, until } from './proxy-under-test.js';

export interface WholeStack {
  proxyUrl: string;
  control: RunningControl;
  simulator: Simulator;
  /** Brings what is declared to this file, and waits until the proxy serves by it. */
  apply(yaml: string): Promise<void>;
  /** A key the proxy knows when this resolves. */
  issue(change?: object): Promise<{ id: string; secret: string }>;
  rows<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export interface WholeStackOptions {
  venues: SimulatorConfigInput;
  /** o10.yaml, told where the venues are; their keys are `env:KEY`. */
  yaml: (simulatorUrl: string) => string;
  key: string;
}

export async function startWholeStack({ venues, yaml, key }: WholeStackOptions): Promise<WholeStack> {
  const closing: (() => unknown)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'o10-whole-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const simulator = await startSimulator(venues);
  closing.push(() => simulator.close());
  const secrets = { O10_MASTER_KEY: randomBytes(32).toString('hex'), O10_KEY_PEPPER: randomBytes(32).toString('hex') };
  const control = await startControl(undefined, secrets);
  closing.push(() => control.stop());
  const sql = new pg.Pool({ connectionString: control.databaseUrl, max: 2 });
  closing.push(() => sql.end());
  const declare = async (text: string) => {
    await writeFile(join(folder, 'o10.yaml'), text);
    const file = await readConfiguration(join(folder, 'o10.yaml'), { KEY: key });
    await applyConfiguration({ controlUrl: control.url, token: control.tokens.engineer }, file);
  };
  await declare(yaml(simulator.url));
  closing.push(await startWorkerBeside(control.databaseUrl, folder, secrets.O10_MASTER_KEY));
  const proxy = await startProxy(
    {
      ...{ PORT: 0, HOST: '127.0.0.1', ORGANISATION: 'default', O10_PROXY_NAME: 'whole', LOG_LEVEL: 'silent' },
      ...{ ...secrets, O10_JOURNAL_DIR: join(folder, 'journal'), O10_DESK_TIMEOUT_MS: 1_000 },
      DATABASE_URL: control.databaseUrl,
    },
    makeLog('proxy', 'silent'),
  );
  closing.push(() => proxy.close(2_000));
  const served = async () => {
    const version = (await control.context.publishing.feed.latest())?.version;
    await until(async () => (await ready(proxy.address)).snapshot === version);
  };
  await served();
  return {
    proxyUrl: proxy.address,
    control,
    simulator,
    apply: async (text) => {
      await declare(text);
      await served();
    },
    issue: async (change = {}) => {
      const { body } = await control.ask('admin', 'POST', '/api/keys', { name: 'spec', team: 'care', ...change });
      const { secret } = body as { secret: string };
      await until(async () => (await modelsSeenBy(proxy.address, secret)).status !== 401);
      return { id: body.key.id, secret };
    },
    rows: async <Row extends object>(text: string, values: unknown[] = []) => (await sql.query<Row>(text, values)).rows,
    stop: async () => {
      for (const close of closing.toReversed()) await close();
    },
  };
}

export const modelsSeenBy = (proxyUrl: string, secret: string): Promise<Response> =>
  fetch(`${proxyUrl}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });

/** Resolves, to how to stop it, once the desk is built. */
async function startWorkerBeside(databaseUrl: string, folder: string, masterKey: string): Promise<() => Promise<void>> {
  const settings = WorkerSettings.parse({
    DATABASE_URL: databaseUrl,
    O10_MASTER_KEY: masterKey,
    O10_SIGNING_KEY_FILE: join(folder, 'signing-key.pem'),
    O10_CHECKPOINT_SECONDS: '0.1',
    LOG_LEVEL: 'silent',
  });
  const log = makeLog('worker', 'silent');
  const stores = workerStores(settings);
  const { parts } = buildWorker(settings, stores, log);
  const { close } = await startWorker(parts, log);
  await until(
    async () => (await stores.desk.epoch().catch(() => null)) === ((await stores.spend.state()).deskEpoch || undefined),
  );
  return close;
}
