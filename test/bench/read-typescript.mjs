// Lets Node run the benches as they are: it strips types by itself, but takes `./x.js` at its word where only `./x.ts`
// exists. What is measured is the built code: imports by `#` find it because the condition `source` is not set here, and
// imports of an app are sent to dist/.
import { registerHooks } from 'node:module';

const apps = new URL('../../apps/', import.meta.url).href;
const builtApps = new URL('../../dist/apps/', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || !context.parentURL) return next(specifier, context);
    const wanted = new URL(specifier, context.parentURL).href;
    if (wanted.startsWith(apps)) return next(wanted.replace(apps, builtApps), context);
    try {
      return next(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !specifier.endsWith('.js')) throw error;
      return next(specifier.replace(/\.js$/, '.ts'), context);
    }
  },
});
