/** Child processes of a bench, each with its own port; and what a process tree has used, read from /proc (Linux only). */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const projectDir = resolve(import.meta.dirname, '../..');
export const benchDir = resolve(projectDir, '.o10/bench');
/** Flags for a child that is one of the bench's own TypeScript files. */
export const readTypeScript = ['--import', resolve(import.meta.dirname, 'read-typescript.mjs')];

export interface Running {
  child: ChildProcess;
  pid: number;
  stop(): Promise<void>;
}

/** Compiles `native/<name>.c` and returns the binary's path. Throws, and says so, where there is no C compiler. */
export function compile(name: string): string {
  mkdirSync(benchDir, { recursive: true });
  const binary = resolve(benchDir, name);
  try {
    execFileSync('cc', ['-O2', '-w', '-o', binary, resolve(import.meta.dirname, `native/${name}.c`)], {
      stdio: 'pipe',
    });
  } catch (error) {
    throw new Error(
      `!!! This bench needs a C compiler (cc) for its upstream and its load generator: ${String(error)}`,
      { cause: error },
    );
  }
  return binary;
}

/** Starts `program`; its standard error goes to ours. */
export function start(program: string, args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return { child, pid: child.pid ?? 0, stop };
}

/** The first line of standard output that is JSON. Throws when the process ends before. */
export async function firstLine<Line>({ child }: Running): Promise<Line> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    if (!line.startsWith('{')) continue;
    child.stdout?.resume();
    return JSON.parse(line) as Line;
  }
  throw new Error(`${child.spawnargs.join(' ')} ended before it said where it listens.`);
}

/** The first port of six free ones in a row, for the mock. */
export async function startMock(binary: string): Promise<{ mock: Running; basePort: number }> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const basePort = 20_000 + Math.floor(Math.random() * 12_000);
    const mock = start(binary, [String(basePort)]);
    const died = once(mock.child, 'exit').then(() => true);
    const alive = new Promise<false>((done) => setTimeout(done, 150, false));
    if (!(await Promise.race([died, alive]))) return { mock, basePort };
  }
  throw new Error('The mock upstream found no free ports.');
}

const ticksPerSecond = 100;

/** A process and all below it. */
export function treeOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return [pid, ...children.flatMap(treeOf)];
  } catch {
    return [pid];
  }
}

/** Seconds of CPU, user and system, all threads. Ticks of 10 ms. */
export function cpuSecondsOf(pids: number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // gone: it used nothing in the span that is measured
    }
  }
  return ticks / ticksPerSecond;
}

/** Seconds of CPU the whole machine was busy, interrupts included. */
export function busySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]!
    .split(/ +/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}

/** Megabytes resident in a process tree. */
export function residentMb(pid: number): number {
  return treeOf(pid).reduce((sum, one) => {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${one}/status`, 'utf8'));
    return sum + Number(found?.[1] ?? 0) / 1024;
  }, 0);
}
