/** The map of the house: who may import whom. Everything not written here is forbidden. */
const libs = {
  contracts: [],
  domain: ['contracts'],
  protocols: ['contracts'],
  runtime: ['contracts'],
  venues: ['contracts', 'runtime', 'protocols'],
  redis: ['contracts', 'runtime'],
  postgres: ['contracts', 'runtime', 'domain'],
  queues: ['contracts', 'runtime'],
};
const apps = {
  proxy: ['contracts', 'runtime', 'domain', 'protocols', 'venues', 'redis', 'queues', 'postgres/src/desk'], // of postgres only the desk: the request path outlives the database
  worker: ['contracts', 'runtime', 'domain', 'protocols', 'venues', 'redis', 'postgres', 'queues'],
  control: ['contracts', 'runtime', 'domain', 'redis', 'postgres', 'queues'],
  cli: ['contracts', 'runtime', 'domain', 'protocols', 'postgres'],
  simulator: [], // keeps its own bill: it may share nothing with our pricing
};
/** The offline verifier needs files and public keys only: the pure libraries, and no store. */
const verifier = ['contracts', 'domain', 'protocols'];
/** Each driver has one home. */
const drivers = { undici: 'venues', ioredis: 'redis', bullmq: 'queues', '@prisma/': 'postgres', pg: 'postgres' };
/** Nest wires and listens, in these files only. */
const nestFiles = ['/main\\.ts$', '\\.(module|controller|processor|guard|filter)\\.ts$'];
/** Pure packages the pure libraries may use, each in its room. */
const pure = { domain: ['zod', 'canonicalize', 'ajv', 're2js'], contracts: ['zod'], protocols: ['zod'] };

const spec = '\\.(spec|conformance|spec-data|e2e)\\.ts$';
const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const module = (name) => `(^|/)node_modules/${name}`;
const homes = (allowed) => allowed.map((home) => `^libs/${home}/`);
const only =
  (shelf) =>
  ([name, allowed]) =>
    error(
      `${name}-map`,
      `${shelf}/${name} may import: ${allowed.join(', ') || 'nothing of ours'}.`,
      { path: `^${shelf}/${name}/`, pathNot: spec },
      { path: '^(apps|libs|evals|test)/', pathNot: [`^${shelf}/${name}/`, ...homes(allowed)] },
    );

export default {
  forbidden: [
    ...Object.entries(libs).map(only('libs')),
    ...Object.entries(apps).map(only('apps')),
    ...Object.entries(drivers).map(([driver, home]) =>
      error(
        `${home}-owns-${driver.replace(/\W/g, '')}`,
        `${driver} is spoken in libs/${home} only.`,
        { path: '^(apps|libs)/', pathNot: [`^libs/${home}/`, '\\.processor\\.ts$', spec] },
        { path: module(driver.endsWith('/') ? driver : `${driver}/`) },
      ),
    ),
    ...Object.entries(pure).map(([lib, packages]) =>
      error(
        `${lib}-imports-no-io`,
        `${lib} is pure: ${packages.join(', ')}, node:crypto and node:assert. Pass clock, ids and data in.`,
        { path: `^libs/${lib}/`, pathNot: spec },
        { pathNot: ['^libs/', ...packages.map((name) => module(`${name}/`)), '^(node:)?(crypto|assert)(/|$)'] },
      ),
    ),
    error(
      'verifier-needs-files-only',
      `The verifier imports ${verifier.join(' and ')} and node:fs; nobody needs to trust our store to check a ledger.`,
      { path: '^apps/cli/src/verify/', pathNot: spec },
      { path: ['^libs/', '^apps/'], pathNot: ['^apps/cli/src/verify/', ...homes(verifier)] },
    ),
    error(
      'generated-client-stays-home',
      'Prisma types end at libs/postgres; stores return contracts.',
      { pathNot: '^libs/postgres/' },
      { path: '^libs/postgres/src/generated/' },
    ),
    error(
      'nest-in-named-files',
      'Nest appears in main, module, controller, processor, guard and filter files.',
      { path: '^(apps|libs)/', pathNot: [...nestFiles, spec] },
      { path: module('(@nestjs|rxjs)/') },
    ),
    error(
      'features-do-not-meet',
      'Two features of one app meet in libs/domain or in the module, never sideways.',
      { path: '^apps/(control|worker)/src/([^/]+)/', pathNot: spec },
      { path: '^apps/$1/src/[^/]+/', pathNot: '^apps/$1/src/$2/' },
    ),
    error(
      'one-way',
      'Data flows one way. Move the shared noun down to contracts.',
      { pathNot: '/generated/' },
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    error(
      'used',
      'Nobody imports this file. Delete it.',
      { orphan: true, pathNot: ['/main\\.ts$', '/generated/', spec, '^(evals|test|scripts)/', '\\.d\\.ts$'] },
      {},
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default'] },
  },
};
