/** Boots the worker: follow the feed, start the loops, then take jobs; on a signal take no more, finish, write, leave. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { makeLog } from '#runtime/log.js';
import { closeOnSignal, closeWithParent } from '#runtime/shutdown.js';
import { readWorkerSettings } from './env.js';
import { startWorker } from './start-worker.js';
import { buildWorker } from './worker.module.js';
import { workerStores } from './worker-stores.js';

const settings = readWorkerSettings();
closeWithParent(settings.O10_SUPERVISED === '1');
const log = makeLog('worker', settings.LOG_LEVEL);
const { module, parts } = buildWorker(settings, workerStores(settings), log);
const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
const running = await startWorker(parts, log);
await app.listen(settings.PORT, settings.HOST);
const address = (await app.getUrl()).replace('[::1]', '127.0.0.1');
process.stdout.write(`${JSON.stringify({ worker: address })}\n`);
log.info({ address }, 'listening');
closeOnSignal(log, async () => {
  await app.close();
  await running.close();
});
