/** One cell of a measurement: the load generator against one contender, with the CPU the contender used meanwhile. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Contender } from './contenders.js';
import { benchDir, busySeconds, cpuSecondsOf, treeOf } from './processes.js';
import { requestBody, type Upstream } from './world.js';

export interface Load {
  upstream: Upstream;
  bytes: number;
  connections: number;
  seconds: number;
  warmSeconds: number;
  /** Per second, sent on time whatever is answered; 0: each connection sends when it was answered. */
  rate: number;
}

/** Times are in µs. Latencies of an open loop count from when a request was due. */
export interface Measured {
  perSecond: number;
  calls: number;
  p50: number;
  p99: number;
  firstByteP50: number;
  firstByteP99: number;
  eventsPerSecond: number;
  cpuPerCall: number;
  cpuPerEvent: number;
  /** Cores kept busy by processes that are not part of the bench. */
  foreignCores: number;
}

interface Report {
  rps: number;
  reqs: number;
  errs: number;
  non2xx: number;
  cerr: number;
  p50: number;
  p99: number;
  ttfb50: number;
  ttfb99: number;
  evps: number;
}

const bodies = new Map<string, string>();

function bodyFile(upstream: Upstream, bytes: number): string {
  const name = `${upstream}-${bytes}.json`;
  let path = bodies.get(name);
  if (!path) {
    path = resolve(benchDir, name);
    writeFileSync(path, requestBody(bytes, upstream));
    bodies.set(name, path);
  }
  return path;
}

const sleep = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000));

/** `ours`: ids of every process of the bench. Throws when a call failed: a figure of errors is no figure. */
export async function run(binary: string, contender: Contender, load: Load, ours: () => number[]): Promise<Measured> {
  const streams = load.upstream !== 'json';
  const args = [
    ...['-p', String(contender.port), '-c', String(load.connections), '-r', String(load.rate)],
    ...['-w', String(load.warmSeconds), '-d', String(load.seconds), '-b', bodyFile(load.upstream, load.bytes)],
    ...contender.headers(load.upstream).flatMap((header) => ['-H', header]),
    ...(streams ? ['-s'] : []),
  ];
  const generator = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  generator.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(generator, 'close');
  await sleep(load.warmSeconds);
  const contenders = treeOf(contender.pid);
  const everyone = [...new Set([...ours(), ...contenders, generator.pid ?? 0, process.pid])];
  const before = {
    at: performance.now(),
    used: cpuSecondsOf(contenders),
    ours: cpuSecondsOf(everyone),
    busy: busySeconds(),
  };
  await sleep(load.seconds);
  const seconds = (performance.now() - before.at) / 1000;
  const used = cpuSecondsOf(contenders) - before.used;
  const foreign = busySeconds() - before.busy - (cpuSecondsOf(everyone) - before.ours);
  await ended;
  const report = JSON.parse(text) as Report;
  if (report.non2xx + report.cerr + report.errs > 0 || (report.reqs === 0 && !streams))
    throw new Error(`${contender.name} answered with errors: ${text}`);
  return {
    perSecond: report.rps,
    calls: report.reqs,
    p50: report.p50,
    p99: report.p99,
    firstByteP50: report.ttfb50,
    firstByteP99: report.ttfb99,
    eventsPerSecond: report.evps,
    cpuPerCall: (used * 1e6) / seconds / report.rps,
    cpuPerEvent: (used * 1e6) / seconds / report.evps,
    foreignCores: foreign / seconds,
  };
}
