/** The proxy as a process of its own, from dist: to be killed, starved of disk, and started again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ProxySettings } from '../../apps/proxy/src/env.js';
import { projectDir } from './database.js';
import type { StartedProxy } from './proxy-under-test.js';

export interface ProxyProcess extends StartedProxy {
  /** SIGKILL: no goodbye. Resolves when it is gone. */
  kill(): Promise<void>;
}

const today = `${projectDir}/dist/apps/proxy/src/main.js`;
/** The version before this one, kept as it was built (test/previous-proxy). */
export const previousProxy = `${projectDir}/test/previous-proxy/proxy.bundle.js`;

/** `fileBlocksMax`: no file of the process grows beyond so many blocks of 512 bytes, as on a full disk. */
export async function startProxyProcess(
  settings: ProxySettings,
  { fileBlocksMax, program = today }: { fileBlocksMax?: number; program?: string } = {},
): Promise<ProxyProcess> {
  const limit = fileBlocksMax === undefined ? '' : `ulimit -f ${fileBlocksMax}; `;
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const child = spawn('sh', ['-c', `${limit}exec "$0" "$1"`, process.execPath, program], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (first.done) throw new Error('The proxy process ended before it listened.');
  child.stdout.resume();
  const { proxy } = JSON.parse(first.value) as { proxy: string };
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  const close = async () => {
    const code = await end('SIGTERM');
    if (code) throw new Error(`The proxy ended with exit code ${code}.`);
  };
  return { address: proxy, close, kill: async () => void (await end('SIGKILL')) };
}
