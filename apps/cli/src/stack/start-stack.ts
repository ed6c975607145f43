/**
 * o10 on one machine: PostgreSQL (embedded, or the user's own), then control, worker and proxy, each a process of its
 * own, started in the order they need each other and stopped in reverse.
 */
import { join } from 'node:path';
import { applicationUrl, dropApplicationRole } from '#postgres/application-role.js';
import { type EmbeddedPostgres, startEmbedded } from '#postgres/embedded/start-embedded.js';
import { migrate } from '#postgres/migrate.js';
import { scratchDatabase } from '#postgres/scratch-database.js';
import type { Installation } from './installation.js';
import { type RunningProcess, startProcess } from './start-process.js';

export type AppName = 'control' | 'worker' | 'proxy';

export interface StackOptions {
  installation: Installation;
  /** dist of the built project. */
  distDir: string;
  databaseUrl?: string | undefined;
  redisUrl?: string | undefined;
  /** Work on a database that is thrown away at the end, under this name. */
  disposable?: string;
  /** 0 takes free ports. */
  proxyPort: number;
  controlPort: number;
  logLevel: string;
  /** Settings of single apps, by their environment names. */
  settings?: Partial<Record<AppName, Record<string, string>>>;
  onStep?: (step: string) => void;
  /** Told how to stop what has started so far, as soon as there is anything to stop. */
  onStoppable?: (stop: () => Promise<void>) => void;
}

export interface Stack {
  proxyUrl: string;
  controlUrl: string;
  /** As the owner; the apps have an account of their own. */
  databaseUrl: string;
  processes: Record<AppName, RunningProcess>;
  /** Starts a stopped or killed app again, on the port it had. */
  restart(app: AppName): Promise<RunningProcess>;
  stop(): Promise<void>;
}

/** Rejects when any part does not start; what had started is stopped first. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const step = options.onStep ?? (() => undefined);
  const database = await openDatabase(options, step);
  let appsUrl = database.url;
  const started: Partial<Record<AppName, RunningProcess>> = {};
  const stop = async () => {
    for (const app of ['proxy', 'worker', 'control'] as const) await started[app]?.stop();
    await database.stop();
  };
  options.onStoppable?.(stop);
  const start = async (app: AppName, port: number): Promise<RunningProcess> => {
    step(`starting ${app}`);
    const running = await startApp(app, port, appsUrl, options);
    started[app] = running;
    return running;
  };
  try {
    step('applying migrations');
    await migrate(database.url, join(options.installation.projectDir, 'prisma/migrations'));
    const ownAccount = await applicationUrl(database.url, options.installation.secrets.masterKey);
    if (!ownAccount) step('the apps connect as in DATABASE_URL: this account may not make one of their own');
    appsUrl = ownAccount ?? database.url;
    const control = await start('control', options.controlPort);
    const worker = await start('worker', 0);
    const proxy = await start('proxy', options.proxyPort);
    const processes = { control, worker, proxy };
    return {
      proxyUrl: proxy.address,
      controlUrl: control.address,
      databaseUrl: database.url,
      processes,
      restart: async (app) => (processes[app] = await start(app, Number(new URL(processes[app].address).port))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openDatabase(options: StackOptions, step: (step: string) => void): Promise<EmbeddedPostgres> {
  const { databaseUrl, disposable, installation } = options;
  if (databaseUrl && !disposable) return { url: databaseUrl, stop: async () => undefined };
  if (databaseUrl && disposable) {
    const { url, stop } = await scratchDatabase(databaseUrl, disposable);
    return { url, stop: () => stop().then(() => dropApplicationRole(databaseUrl, url)) };
  }
  step('starting PostgreSQL');
  return startEmbedded({
    projectDir: installation.projectDir,
    name: disposable ?? 'postgres',
    disposable: disposable !== undefined,
  });
}

function startApp(app: AppName, port: number, databaseUrl: string, options: StackOptions): Promise<RunningProcess> {
  const { installation, redisUrl, distDir } = options;
  const { masterKey, keyPepper, adminToken } = installation.secrets;
  const scaledProxy = app === 'proxy' && redisUrl !== undefined;
  return startProcess({
    name: app,
    script: join(distDir, 'apps', app, 'src/main.js'),
    logFile: join(installation.dir, 'logs', `${app}.log`),
    env: {
      PORT: String(port),
      LOG_LEVEL: options.logLevel,
      O10_MASTER_KEY: masterKey,
      O10_KEY_PEPPER: keyPepper,
      ...(scaledProxy ? {} : { DATABASE_URL: databaseUrl }),
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      ...(app === 'control' ? { O10_ADMIN_TOKEN: adminToken } : {}),
      ...(app === 'proxy' ? { O10_JOURNAL_DIR: join(installation.dir, 'journal') } : {}),
      ...(app === 'worker' ? { O10_SIGNING_KEY_FILE: join(installation.dir, 'ledger-signing-key.pem') } : {}),
      ...options.settings?.[app],
    },
  });
}
