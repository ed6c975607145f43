/** Boots the proxy. Its first line of output names its address. */
import 'reflect-metadata';
import { makeLog } from '#runtime/log.js';
import { closeOnSignal, closeWithParent } from '#runtime/shutdown.js';
import { readProxySettings } from './env.js';
import { startProxy } from './proxy.module.js';

const drainMs = 120_000;

const settings = readProxySettings();
closeWithParent(settings.O10_SUPERVISED === '1');
const log = makeLog('proxy', settings.LOG_LEVEL);
const proxy = await startProxy(settings, log);
process.stdout.write(`${JSON.stringify({ proxy: proxy.address })}\n`);
log.info({ address: proxy.address }, 'listening');
closeOnSignal(log, () => proxy.close(drainMs), drainMs + 20_000);
