/**
 * Starts one throw-away PostgreSQL for all suites that need a database, migrates a template, and hands its address on.
 * The end-to-end suites also start built processes, so they build first (O10_PREBUILT=1: dist is up to date).
 */
import { execFileSync } from 'node:child_process';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '#postgres/migrate.js';
import { startEmbedded } from '#postgres/embedded/start-embedded.js';
import { projectDir, templateDatabase } from './database.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (project.name === 'e2e' && process.env['O10_PREBUILT'] !== '1')
    execFileSync(process.execPath, [`${projectDir}/scripts/build.mjs`], { stdio: 'inherit' });
  const own = process.env['O10_TEST_DATABASE_URL'];
  const server = own
    ? null
    : await startEmbedded({ projectDir, name: `test-${project.name}-${process.pid}`, disposable: true });
  const url = own ?? server?.url ?? '';
  try {
    await makeTemplate(url);
  } catch (error) {
    await server?.stop();
    throw error;
  }
  project.provide('postgresUrl', url);
  return async () => server?.stop();
}

async function makeTemplate(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`DROP DATABASE IF EXISTS ${templateDatabase} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${templateDatabase}`);
  await admin.end();
  const template = new URL(url);
  template.pathname = `/${templateDatabase}`;
  await migrate(template.toString(), `${projectDir}/prisma/migrations`);
}
