import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** `#domain/x.js` is the source in tests and the built file at run time; package.json holds the run-time half. */
const libs = ['contracts', 'domain', 'protocols', 'venues', 'redis', 'postgres', 'queues', 'runtime'];
const alias = libs.map((lib) => ({
  find: new RegExp(`^#${lib}/(.*)\\.js$`),
  replacement: resolve(import.meta.dirname, `libs/${lib}/src/$1.ts`),
}));
const globalSetup = ['test/support/global-setup.ts'];

/** `unit` needs nothing, `int` a database (and Redis where there is one), `e2e` the whole stack. */
export default defineConfig({
  resolve: { alias },
  test: {
    maxWorkers: 3, // most of what they do is wait for a database, and one core each is left when they do not
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          testTimeout: 30_000,
          include: ['{apps,libs,evals,test}/**/*.spec.ts'],
          exclude: ['**/*.int.spec.ts', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['{apps,libs}/**/*.int.spec.ts'],
          globalSetup,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.ts'],
          globalSetup,
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
