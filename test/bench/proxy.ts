/**
 * The request path beside a bare proxy and Portkey's gateway: all up at once, each cell measured for all in random
 * order, round after round. Generator, upstream, Redis and contenders share the machine, so only ratios travel.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openRedis, redisReady } from '#redis/open-redis.js';
import { redisAvailable, startRedis } from '../support/redis.js';
import { type Contender, type O10Contender, startBare, startO10, startPortkey } from './contenders.js';
import { printTable, type Row, verdictOf } from './figures.js';
import { type Load, type Measured, run } from './load.js';
import { benchDir, compile, firstLine, readTypeScript, residentMb, start, startMock } from './processes.js';
import { type CellName, cells, type Round, rowsOf } from './proxy-cells.js';
import { largeWorld, smallWorld } from './world.js';

/** A cell with more foreign CPU than this is measured again, and marked when it stays so. */
const foreignCoresMax = 0.35;

interface Bench {
  generator: string;
  contenders: Contender[];
  o10: O10Contender;
  redisUrl: string;
  ours: () => number[];
  quick: boolean;
  basePort: number;
}

export async function benchProxy({ quick = false } = {}): Promise<{ rows: (Row & { met: string })[]; noisy: number }> {
  const [mockBinary, generator] = [compile('mock'), compile('lg')];
  if (!redisAvailable()) throw new Error('This bench needs a redis-server.');
  const redis = await startRedis(['--auto-aof-rewrite-percentage', '0']);
  process.once('exit', () => redis.process.kill('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const { mock, basePort } = await startMock(mockBinary);
  const o10 = await startO10(redis.url, basePort);
  const reader = start(process.execPath, [
    ...readTypeScript,
    resolve(import.meta.dirname, 'record-reader.ts'),
    redis.url,
  ]);
  await firstLine(reader);
  const others = [await startBare(basePort), await startPortkey(basePort)].filter((one) => one !== null);
  const contenders = [o10, ...others];
  const ours = () => [mock.pid, reader.pid, redis.process.pid ?? 0, ...contenders.map(({ pid }) => pid)];
  const bench = { generator, contenders, o10, redisUrl: redis.url, ours, quick, basePort };
  try {
    return await measureAll(bench);
  } finally {
    await Promise.all([...contenders, reader, mock].map((one) => one.stop()));
    await redis.stop();
  }
}

async function measureAll(bench: Bench) {
  process.setMaxListeners(50);
  for (const contender of bench.contenders) await warmUp(bench, contender);
  const rounds: Round[] = [];
  let noisy = 0;
  const roundCount = bench.quick ? 1 : 5;
  for (let n = 1; n <= roundCount; n++) {
    const round = await measureRound(bench);
    rounds.push(round.figures);
    noisy += round.noisy;
    process.stderr.write(`round ${n} of ${roundCount}: ${round.noisy} of ${round.cells} cells were disturbed\n`);
    await compactRedis(bench.redisUrl);
  }
  const memory = await openStreams(bench);
  const swaps = snapshotSwaps(bench);
  const rows = rowsOf(rounds, memory, swaps);
  printTable(rows);
  process.stdout.write(`${roundCount} rounds; ${noisy} cells with more than ${foreignCoresMax} cores of foreign CPU\n`);
  const figures = { rows: rows.map((row) => ({ ...row, met: verdictOf(row) })), noisy, rounds };
  writeFileSync(resolve(benchDir, 'proxy.json'), JSON.stringify(figures, null, 1));
  return figures;
}

/** Until CPU per call moves by less than 5 %, at most ten blocks. */
async function warmUp(bench: Bench, contender: Contender): Promise<void> {
  let last = Infinity;
  for (let block = 0; block < (bench.quick ? 3 : 10); block++) {
    const load: Load = { ...cells['2 KB c=16'].load, seconds: bench.quick ? 1 : 2, warmSeconds: 0.1 };
    const { cpuPerCall } = await run(bench.generator, contender, load, bench.ours);
    if (block >= 2 && Math.abs(cpuPerCall - last) < 0.05 * last) break;
    last = cpuPerCall;
  }
  for (const name of ['100 KB c=16', 'events'] as const)
    await run(bench.generator, contender, { ...cells[name].load, seconds: 1, warmSeconds: 0.1 }, bench.ours);
}

const shuffled = <Item>(items: Item[]): Item[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);

async function measureRound(bench: Bench): Promise<{ figures: Round; noisy: number; cells: number }> {
  const figures: Round = {};
  let noisy = 0;
  let count = 0;
  for (const name of shuffled(Object.keys(cells) as CellName[])) {
    const { load, o10Only, world } = cells[name];
    await bench.o10.publish(world === 'large' ? largeWorld : smallWorld);
    for (const contender of shuffled(bench.contenders.filter((one) => !o10Only || one === bench.o10))) {
      const measured = await quietRun(bench, contender, bench.quick ? { ...load, seconds: load.seconds / 2 } : load);
      count += 1;
      if (measured) (figures[name] ??= {})[contender.name] = measured;
      if (!measured || measured.foreignCores > foreignCoresMax) noisy += 1;
    }
  }
  await bench.o10.publish(smallWorld);
  return { figures, noisy, cells: count };
}

async function quietRun(bench: Bench, contender: Contender, load: Load): Promise<Measured | null> {
  let best: Measured | null = null;
  for (let attempt = 0; attempt < (bench.quick ? 2 : 3); attempt++) {
    const unheld = contender === bench.o10 ? await bench.o10.unheld() : 0;
    const measured = await run(bench.generator, contender, load, bench.ours);
    const lost = contender === bench.o10 ? (await bench.o10.unheld()) - unheld : 0;
    if (lost > 0) process.stderr.write(`${lost} calls went without a hold or a copy; measured again\n`);
    else if (!best || measured.foreignCores < best.foreignCores) best = measured;
    if (best && best.foreignCores <= foreignCoresMax) break;
  }
  if (!best) process.stderr.write('o10 served calls without a hold in every attempt: no figure of this cell\n');
  return best;
}

/** The log is rewritten between rounds only: a rewrite takes a core of its own. */
async function compactRedis(url: string): Promise<void> {
  const redis = openRedis({ url, commandTimeoutMs: 10_000 });
  await redisReady(redis, 5_000);
  await redis.call('BGREWRITEAOF');
  const running = async () => String(await redis.call('INFO', 'persistence')).includes('aof_rewrite_in_progress:1');
  do await new Promise((done) => setTimeout(done, 100));
  while (await running());
  redis.disconnect();
}

/** Resident MB per 1,000 open streams of a fresh process, after the same little load for each. */
async function openStreams(bench: Bench): Promise<Record<string, number[]>> {
  const grown: Record<string, number[]> = {};
  for (let n = 0; n < (bench.quick ? 1 : 3); n++) {
    const portkey = bench.contenders.some(({ name }) => name === 'portkey');
    const starters = [
      () => startO10(bench.redisUrl, bench.basePort),
      () => startBare(bench.basePort),
      ...(portkey ? [() => startPortkey(bench.basePort)] : []),
    ];
    for (const starter of shuffled<() => Promise<Contender | null>>(starters)) {
      const contender = await starter();
      if (!contender) continue;
      (grown[contender.name] ??= []).push(await streamsMb(bench, contender));
      await contender.stop();
    }
  }
  return grown;
}

async function streamsMb(bench: Bench, contender: Contender): Promise<number> {
  const json: Load = { ...cells['2 KB c=16'].load, seconds: 2, warmSeconds: 0 };
  await run(bench.generator, contender, json, bench.ours);
  const before = residentMb(contender.pid);
  const open: Load = { ...cells.events.load, upstream: 'endless', connections: 1_000, seconds: 6, warmSeconds: 2 };
  const measuring = run(bench.generator, contender, open, bench.ours);
  await new Promise((done) => setTimeout(done, 7_000));
  const during = residentMb(contender.pid);
  await measuring;
  return during - before;
}

export interface Swaps {
  snapshotMs: number;
  keysMs: number;
  longestMs: number;
  monitorMs: number;
  bytes: number;
}

function snapshotSwaps({ redisUrl, quick }: Bench): { stated: Swaps; large: Swaps } {
  const of = (useCases: number): Swaps => {
    const script = resolve(import.meta.dirname, 'snapshot-swap.ts');
    const args = [redisUrl, '10000', '500', String(useCases), quick ? '7' : '21'];
    return JSON.parse(execFileSync(process.execPath, [...readTypeScript, script, ...args]).toString()) as Swaps;
  };
  return { stated: of(smallWorld.useCases), large: of(largeWorld.useCases) };
}
