/**
 * One child process of the stack: started from dist, its log in a file, ready when its first line of standard output
 * names its address. It ends with us however we end: its standard input closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { inheritedEnvironment } from '../env.js';

export interface RunningProcess {
  name: string;
  /** What it said of itself: `{"proxy":"http://127.0.0.1:8080"}` gives the address. */
  address: string;
  child: ChildProcess;
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  exited: Promise<number | null>;
}

export interface ProcessOptions {
  name: string;
  script: string;
  args?: string[];
  env: Record<string, string>;
  logFile: string;
}

/** Throws with the last lines of its log when it ends before it is ready. */
export async function startProcess({ name, script, args = [], env, logFile }: ProcessOptions): Promise<RunningProcess> {
  const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], {
    env: { ...inheritedEnvironment(), ...env, O10_SUPERVISED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C reaches us first; we stop the children in order
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stderr.pipe(log);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const first = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const said = await Promise.race([first, exited.then(() => null)]);
  if (!said || said.done) throw new Error(`${name} did not start:\n${tail(logFile)}`);
  child.stdout.resume();
  return {
    name,
    address: addressOf(name, said.value),
    child,
    exited,
    stop: (graceMs = 15_000) => stop(child, exited, graceMs),
  };
}

function addressOf(name: string, line: string): string {
  const said = JSON.parse(line) as Record<string, string>;
  const address = said[name];
  if (typeof address !== 'string') throw new Error(`${name} said ${line} instead of its address.`);
  return address;
}

async function stop(child: ChildProcess, exited: Promise<number | null>, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}

const tail = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-20).join('\n');
