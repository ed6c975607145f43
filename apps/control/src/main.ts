/** Boots the control API: bring the feed up to date, listen; on a signal stop listening, finish, close. */
import { restoreFeed } from '#postgres/admin/publish-keys.js';
import { makeLog } from '#runtime/log.js';
import { closeOnSignal, closeWithParent } from '#runtime/shutdown.js';
import { createControl } from './control.module.js';
import { readControlSettings } from './env.js';
import { openControl } from './open-control.js';

const settings = readControlSettings();
const log = makeLog('control', settings.LOG_LEVEL);
const { context, close } = openControl(settings, log);
const app = await createControl(context);

// A feed that is away is caught up with by the next change; the control API serves without it.
const restored = await restoreFeed(context.publishing).catch((error: unknown) => {
  log.warn({ error: String(error) }, 'the snapshot feed could not be brought up to date');
  return null;
});
if (restored?.snapshot || restored?.keys) log.info(restored, 'the snapshot feed was filled again');

await app.listen(settings.PORT, settings.HOST);
const address = (await app.getUrl()).replace('[::1]', '127.0.0.1');
process.stdout.write(`${JSON.stringify({ control: address })}\n`); // the one line a supervisor waits for
log.info({ address }, 'listening');
closeOnSignal(log, async () => {
  await app.close();
  await close();
});
closeWithParent(settings.O10_SUPERVISED === '1');
