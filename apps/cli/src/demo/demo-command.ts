/** `o10 demo`: the whole loop in about a minute, with simulated venues. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Place } from '../place.js';
import { resultLines } from './print-result.js';
import { runDemo } from './run-demo.js';

export function addDemoCommand(program: Command, { projectDir, distDir, settings }: Place): void {
  program
    .command('demo')
    .description('shadow, replay, grade, judge, sign, enforce, stop at an envelope, verify')
    .option('--seed <text>', 'decides which answers the simulated models get wrong', randomBytes(4).toString('hex'))
    .option('--json', 'end with one JSON object on the last line')
    .option('--exit', 'do not keep running at the end (the default where there is no terminal)')
    .action(async (options: { seed: string; json?: boolean; exit?: boolean }) => {
      const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = settings;
      const json = options.json ?? false;
      const demo = await runDemo({ projectDir, distDir, seed: options.seed, databaseUrl, redisUrl, json });
      const { result, stage } = demo;
      const addresses = { proxy: stage.stack.proxyUrl, control: stage.stack.controlUrl, dir: stage.dir };
      const lines = resultLines(result, addresses).join('\n');
      (json ? process.stderr : process.stdout).write(`${lines}\n`);
      if (json || options.exit || !process.stdout.isTTY) await demo.stop();
      else {
        process.stdout.write('Still running. Ctrl-C stops everything.\n');
        await new Promise(() => undefined);
      }
      if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
      process.exitCode = succeeded(result) ? 0 : 1;
    });
}

const succeeded = (result: { ledgerVerified: boolean; ledgerPicoUsd: string; venuePicoUsd: string }): boolean =>
  result.ledgerVerified && result.ledgerPicoUsd === result.venuePicoUsd;
