/**
 * Starts PostgreSQL from the npm package, on a free port of the loopback interface, and stops it again.
 * The data directory outlives the process; a server left behind by a killed process is stopped first.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { embeddedHome, exists, type EmbeddedHome } from './embedded-home.js';

/**
 * Runs the server ($0 "$@") and ends with it; ends it when standard input closes, which happens however our process
 * ends. Without this a killed parent would leave a server behind that holds its data directory.
 */
const endWithParent = `exec 3<&0; "$0" "$@" </dev/null 3<&- & server=$!
(cat <&3 >/dev/null; kill -INT $server 2>/dev/null) & watch=$!
exec 3<&-; wait $server; code=$?; kill $watch 2>/dev/null; exit $code`;

export interface EmbeddedPostgres {
  /** Connection string of the superuser, to the database `postgres`. */
  url: string;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  projectDir: string;
  /** Name of the cluster; its data stays under this name. */
  name: string;
  /** Throw data away on start and stop, and do not wait for the disk: for tests only. */
  disposable?: boolean;
  /** Server settings, each as "name=value". */
  settings?: string[];
}

/** Resolves when the server answers. Throws with PostgreSQL's own last words when it does not start. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const home = await embeddedHome(options.projectDir, options.name);
  await stopLeftover(home);
  if (options.disposable) await rm(home.data, { recursive: true, force: true });
  const password = await ensureCluster(home);
  const port = await freePort();
  const server = run(home, '/bin/sh', [
    '-c',
    endWithParent,
    program(home, 'postgres'),
    ...serverArguments(home, port, options),
  ]);
  const lastWords = tail(server);
  const exited = once(server, 'exit');
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  await answers(url, exited, lastWords);
  return { url, stop: () => stop(server, exited, options.disposable ? home.data : null) };
}

function serverArguments(home: EmbeddedHome, port: number, options: EmbeddedOptions): string[] {
  const safety = options.disposable ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : [];
  const settings = ['max_connections=200', 'shared_buffers=128MB', ...safety, ...(options.settings ?? [])];
  const flags = settings.flatMap((setting) => ['-c', setting]);
  return ['-D', home.data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...flags];
}

/** Runs initdb once per data directory; the password is random and lies beside it, readable by its owner only. */
async function ensureCluster(home: EmbeddedHome): Promise<string> {
  const passwordFile = `${home.data}.password`;
  if (await exists(join(home.data, 'PG_VERSION'))) return (await readFile(passwordFile, 'utf8')).trim();
  await mkdir(dirname(home.data), { recursive: true });
  await rm(home.data, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (home.account) await chown(passwordFile, home.account.uid, home.account.gid);
  const made = run(home, program(home, 'initdb'), [
    '-D',
    home.data,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
  ]);
  const lastWords = tail(made);
  const [code] = (await once(made, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`initdb failed (${String(code)}): ${lastWords()}`);
  return password;
}

const program = (home: EmbeddedHome, name: string): string => join(home.binaries, 'bin', name);

function run(home: EmbeddedHome, command: string, args: string[]): ChildProcess {
  return spawn(command, args, {
    ...home.account,
    cwd: dirname(home.data),
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function tail(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-2000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text.trim();
}

async function answers(url: string, exited: Promise<unknown>, lastWords: () => string): Promise<void> {
  let gone = false;
  void exited.then(() => (gone = true));
  for (let attempt = 0; attempt < 300 && !gone; attempt++) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    client.on('error', () => undefined); // the end of a connection that never was: the next attempt tells
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`PostgreSQL did not start: ${lastWords()}`);
}

async function stop(server: ChildProcess, exited: Promise<unknown>, dataToRemove: string | null): Promise<void> {
  server.stdin?.end(); // a fast shutdown: running transactions are rolled back
  await exited;
  if (!dataToRemove) return;
  await rm(dataToRemove, { recursive: true, force: true });
  await rm(`${dataToRemove}.password`, { force: true });
}

/** A postmaster that survived its parent holds the data directory; its first line is its process id. */
async function stopLeftover(home: EmbeddedHome): Promise<void> {
  const lock = join(home.data, 'postmaster.pid');
  if (!(await exists(lock))) return;
  const pid = Number((await readFile(lock, 'utf8')).split('\n')[0]);
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!command.includes(home.data)) return;
  process.kill(pid, 'SIGINT');
  for (let attempt = 0; attempt < 200 && (await exists(`/proc/${pid}`)); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
