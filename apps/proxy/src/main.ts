/** Boots the proxy: settle what a crash left behind, follow the feed, listen; on a signal stop listening, finish, flush. */
import 'reflect-metadata';
import { rmSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { makeLog } from '#runtime/log.js';
import { closeOnSignal, closeWithParent } from '#runtime/shutdown.js';
import { leftBehind } from './attempt-journal.js';
import { inboundOf } from './calls.controller.js';
import { CurrentSnapshot } from './current-snapshot.js';
import { readBytesOnly, spellEdgeErrors } from './edge-errors.js';
import { readProxySettings } from './env.js';
import { buildProxy, type ProxyParts } from './proxy.module.js';
import { proxyStores } from './proxy-stores.js';
import { RecordCall } from './record-call.js';

const drainMs = 120_000;

const settings = readProxySettings();
const log = makeLog('proxy', settings.LOG_LEVEL);
const left = leftBehind(settings.O10_JOURNAL_DIR);
const { module, parts } = buildProxy(settings, proxyStores(settings), log);
await Promise.all(left.settlements.map((settlement) => parts.settle.settle(settlement)));
for (const file of left.files) rmSync(file);

const adapter = new FastifyAdapter({ requestTimeout: 60_000, connectionTimeout: 0, keepAliveTimeout: 75_000 });
const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: false, bodyParser: false });
const fastify = adapter.getInstance();
readBytesOnly(fastify);
spellEdgeErrors(fastify, {
  inboundOf: (request) => inboundOf(request as Parameters<typeof inboundOf>[0]),
  record: app.get(RecordCall),
  snapshot: app.get(CurrentSnapshot),
});
await parts.followFeed.start();
await app.listen(settings.PORT, settings.HOST);
const address = await app.getUrl();
process.stdout.write(`${JSON.stringify({ proxy: address.replace('[::1]', '127.0.0.1') })}\n`);
log.info({ address }, 'listening');
closeOnSignal(log, () => close(app, parts));
closeWithParent(settings.O10_SUPERVISED === '1');

async function close(
  nest: NestFastifyApplication,
  { followFeed, settle, journal, mirror, venues, stores }: ProxyParts,
): Promise<void> {
  await nest.close();
  await venues.close(drainMs);
  await settle.close();
  await journal.close();
  await mirror.close();
  await followFeed.close();
  await stores.desk.close();
}
