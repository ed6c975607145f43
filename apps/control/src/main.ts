/** Boots the control API: keep the feed filled, listen; on a signal stop listening, finish, close. */
import { makeLog } from '#runtime/log.js';
import { closeOnSignal, closeWithParent } from '#runtime/shutdown.js';
import { createControl } from './control.module.js';
import { readControlSettings } from './env.js';
import { keepFeed } from './keep-feed.js';
import { openControl } from './open-control.js';

const feedEveryMs = 15_000;

const settings = readControlSettings();
closeWithParent(settings.O10_SUPERVISED === '1');
const log = makeLog('control', settings.LOG_LEVEL);
const { context, close } = openControl(settings, log);
const app = await createControl(context);

const stopKeeping = keepFeed(context, feedEveryMs);
await app.listen(settings.PORT, settings.HOST);
const address = (await app.getUrl()).replace('[::1]', '127.0.0.1');
process.stdout.write(`${JSON.stringify({ control: address })}\n`); // the one line a supervisor waits for
log.info({ address }, 'listening');
closeOnSignal(log, async () => {
  await app.close();
  await stopKeeping();
  await close();
});
