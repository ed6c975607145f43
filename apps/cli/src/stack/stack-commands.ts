/** `o10 up`: everything on this machine with one command, until Ctrl-C. `o10 migrate`: for those who run the apps themselves. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { migrate } from '#postgres/migrate.js';
import type { Place } from '../place.js';
import { openInstallation } from './installation.js';
import { startStack } from './start-stack.js';
import { untilInterrupted } from './until-interrupted.js';

export function addStackCommands(program: Command, { projectDir, distDir, settings }: Place): void {
  program
    .command('migrate')
    .description('bring the database in DATABASE_URL up to date; run it before the apps of a new version start')
    .action(async () => {
      if (!settings.DATABASE_URL) throw new Error('Set DATABASE_URL.');
      const applied = await migrate(settings.DATABASE_URL, join(projectDir, 'prisma/migrations'));
      process.stdout.write(applied.length > 0 ? `${applied.join('\n')}\n` : 'up to date\n');
    });
  program
    .command('up')
    .description('start PostgreSQL (unless DATABASE_URL is set), control, worker and proxy')
    .option('--proxy-port <port>', 'where applications call', '8080')
    .option('--control-port <port>', 'where people and tools manage', '8081')
    .action(async (options: { proxyPort: string; controlPort: string }) => {
      const installation = openInstallation(projectDir);
      const stack = await startStack({
        installation,
        distDir,
        databaseUrl: settings.DATABASE_URL,
        redisUrl: settings.REDIS_URL,
        proxyPort: Number(options.proxyPort),
        controlPort: Number(options.controlPort),
        logLevel: settings.LOG_LEVEL,
        onStep: (step) => process.stdout.write(`${step}\n`),
      });
      process.stdout.write(
        [
          '',
          `proxy    ${stack.proxyUrl}/v1        applications: set this as the OpenAI base URL`,
          `control  ${stack.controlUrl}/api/docs`,
          `token    ${installation.secrets.adminToken}`,
          '',
          `export O10_CONTROL_URL=${stack.controlUrl} O10_TOKEN=${installation.secrets.adminToken}`,
          'npm run o10 -- apply o10.yaml',
          '',
        ].join('\n'),
      );
      await untilInterrupted(() => stack.stop());
    });
}
