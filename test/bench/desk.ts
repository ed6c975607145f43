/**
 * Holds and settlements per second on both desks, in batches of 64 with four in flight: four levels of envelopes on
 * Redis, one hot envelope on PostgreSQL. Beside each figure its target, and the overshoot, which must be 0.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { EnvelopeDesk, HoldRequest, Settlement } from '#contracts/envelope-desk.js';
import { migrate } from '#postgres/migrate.js';
import { PostgresDesk } from '#postgres/desk/postgres-desk.js';
import { startEmbedded } from '#postgres/embedded/start-embedded.js';
import { openRedis, redisReady } from '#redis/open-redis.js';
import { RedisDesk } from '#redis/redis-desk.js';
import { envelope, stateOf } from '../conformance/desk-fixtures.ts';
import { redisAvailable, startRedis } from '../support/redis.ts';

export interface DeskFigure {
  desk: string;
  pairsPerSecond: number;
  mustPerSecond: number;
  aimPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Nano-USD held or settled beyond the limit at any time it was looked at. */
  overshootNanoUsd: bigint;
}

const projectDir = resolve(import.meta.dirname, '../..');
const batchSize = 64;
const inFlight = 4;
/** As long as a record of a call usually is. */
const record = JSON.stringify({ schema: 'o10.call.v1', padding: 'x'.repeat(1_500) });

/** Each measure takes `seconds` rounds of one second. Prints a line per desk and returns the figures. */
export async function benchDesk({ seconds = 5 } = {}): Promise<DeskFigure[]> {
  const figures: DeskFigure[] = [];
  if (redisAvailable()) figures.push(await onRedis(seconds));
  figures.push(await onPostgres(seconds));
  for (const figure of figures) print(figure);
  return figures;
}

/** With its log on, but not rewritten meanwhile: a rewrite takes a core of its own and comes when it likes. */
async function onRedis(seconds: number): Promise<DeskFigure> {
  const server = await startRedis(['--auto-aof-rewrite-percentage', '0']);
  const connection = openRedis({ url: server.url, commandTimeoutMs: 5_000 });
  await redisReady(connection, 5_000);
  const desk = new RedisDesk({ organisation: 'bench', redis: connection });
  const measured = await measure(desk, ['organisation', 'team', 'use-case', 'key'], seconds);
  connection.disconnect();
  await server.stop();
  return { desk: 'Redis, 4 levels', mustPerSecond: 40_000, aimPerSecond: 100_000, ...measured };
}

async function onPostgres(seconds: number): Promise<DeskFigure> {
  const server = await startEmbedded({ projectDir, name: `bench-${process.pid}`, disposable: true });
  await migrate(server.url, `${projectDir}/prisma/migrations`);
  const desk = new PostgresDesk({ organisation: 'bench', database: server.url, timeoutMs: 10_000 });
  const measured = await measure(desk, ['hot'], seconds);
  await desk.close();
  await server.stop();
  return { desk: 'PostgreSQL, one hot envelope', mustPerSecond: 2_000, aimPerSecond: 10_000, ...measured };
}

type Measured = Pick<DeskFigure, 'pairsPerSecond' | 'p50Ms' | 'p99Ms' | 'overshootNanoUsd'>;

async function measure(desk: EnvelopeDesk, envelopes: string[], seconds: number): Promise<Measured> {
  await desk.rebuild(stateOf({ envelopes: envelopes.map((id) => envelope(id, 10n ** 15n, { steerAtPercent: 80 })) }));
  await pairsUntil(desk, envelopes, performance.now() + 500);
  const batchesMs: number[] = [];
  let elapsedMs = 0;
  for (let round = 0; round < seconds; round += 1) {
    await acknowledgeAll(desk);
    const startedMs = performance.now();
    const loops = Array.from({ length: inFlight }, () => pairsUntil(desk, envelopes, startedMs + 1_000));
    batchesMs.push(...(await Promise.all(loops)).flat());
    elapsedMs += performance.now() - startedMs;
  }
  const sorted = batchesMs.sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return {
    pairsPerSecond: Math.round((batchesMs.length * batchSize * 1_000) / elapsedMs),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    overshootNanoUsd: await overshoot(desk, envelopes),
  };
}

/** Between the rounds, as the ledger does in a process of its own: records that were taken in make room. */
async function acknowledgeAll(desk: EnvelopeDesk): Promise<void> {
  for (;;) {
    const waiting = await desk.drain(5_000);
    if (waiting.length === 0) return;
    await desk.acknowledge(waiting.map(({ cursor }) => cursor));
  }
}

/** One batch of holds, one of their endings, again and again. Returns how long each such pair of batches took. */
async function pairsUntil(desk: EnvelopeDesk, envelopes: string[], endMs: number): Promise<number[]> {
  const cover = envelopes.map((id) => ({ id, refuses: true }));
  const places = envelopes.map((id) => ({ envelope: id, window: 'w' }));
  const batchesMs: number[] = [];
  while (performance.now() < endMs) {
    const startedMs = performance.now();
    const holdIds = Array.from({ length: batchSize }, () => randomUUID());
    const answers = await desk.hold(holdIds.map((holdId): HoldRequest => holdOf(holdId, cover)));
    if (answers.some((answer) => answer.outcome !== 'held')) throw new Error('the bench ran out of money');
    await desk.settle(holdIds.map((holdId): Settlement => ({ holdId, costNanoUsd: 900n, envelopes: places, record })));
    batchesMs.push(performance.now() - startedMs);
  }
  return batchesMs;
}

function holdOf(holdId: string, envelopes: HoldRequest['envelopes']): HoldRequest {
  return { holdId, callId: holdId, amountNanoUsd: 1_300n, envelopes, expiresInMs: 600_000 };
}

/** 64 batches race for an eighth of what they ask. */
async function overshoot(desk: EnvelopeDesk, envelopes: string[]): Promise<bigint> {
  const limitNanoUsd = 1_300n * 512n;
  await desk.rebuild(stateOf({ envelopes: envelopes.map((id) => envelope(id, limitNanoUsd)) }));
  const cover = envelopes.map((id) => ({ id, refuses: true }));
  const batches = Array.from({ length: 64 }, () =>
    desk.hold(Array.from({ length: batchSize }, () => holdOf(randomUUID(), cover))),
  );
  const held = (await Promise.all(batches)).flat().filter((answer) => answer.outcome === 'held').length;
  const balances = await desk.balances(envelopes);
  const most = balances.map(({ settledNanoUsd, heldNanoUsd }) => settledNanoUsd + heldNanoUsd);
  if (most.some((sum) => sum !== BigInt(held) * 1_300n)) throw new Error('the desk answers and counts differently');
  if (held < 512) throw new Error(`only ${held} of 512 holds that fit were admitted`);
  return most.reduce((worst, sum) => (sum - limitNanoUsd > worst ? sum - limitNanoUsd : worst), 0n);
}

function print(figure: DeskFigure): void {
  const { desk, pairsPerSecond, mustPerSecond, aimPerSecond, p50Ms, p99Ms, overshootNanoUsd } = figure;
  const met = pairsPerSecond >= mustPerSecond && overshootNanoUsd === 0n ? 'met' : 'MISSED';
  process.stdout.write(
    `${desk}: ${pairsPerSecond} holds + settlements/s (must ${mustPerSecond}, aim ${aimPerSecond}: ${met}), ` +
      `batch of ${batchSize} held and settled in ${p50Ms.toFixed(1)} ms (p99 ${p99Ms.toFixed(1)}), ` +
      `overshoot ${overshootNanoUsd} (must 0)\n`,
  );
}
