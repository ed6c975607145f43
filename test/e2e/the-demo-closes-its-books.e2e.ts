/** `npm run demo` as a user runs it, twice: the books close to the last pico-dollar, and another seed decides the same. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { projectDir } from '../support/database.js';
import { until } from '../support/proxy-under-test.js';

interface Result {
  calls: number;
  settlements: number;
  ledgerPicoUsd: string;
  venuePicoUsd: string;
  ledgerVerified: boolean;
  useCases: {
    slug: string;
    mode: string;
    verdicts: { candidate: string; verdict: string }[];
    baselineUsd: string;
    actualUsd: string;
    verifiedSavingsUsd: string;
  }[];
  envelope: { limitNanoUsd: string; spentNanoUsd: string; refused: number };
}

function startDemo(...args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', 'demo', ...args], {
    cwd: projectDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.resume();
  return { child, output: () => text };
}

async function runDemo(seed: string): Promise<Result> {
  const { child, output } = startDemo('--json', '--seed', seed);
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  return JSON.parse(output().trimEnd().split('\n').at(-1) ?? '') as Result;
}

/** Processes started for a demo of this project; the command line names the folder. */
function leftRunning(): string[] {
  return globSync('/proc/[0-9]*/cmdline')
    .map((file) => {
      try {
        return readFileSync(file, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // it ended while we looked
      }
    })
    .filter((command) => command.includes(`${projectDir}/dist/apps/`) || /bin\/postgres .*\/demo( |$)/.test(command));
}

test('two seeds, the same verdicts, and books that close', async () => {
  const results = [await runDemo('one'), await runDemo('another')];
  for (const result of results) {
    expect(result.ledgerVerified).toBe(true);
    expect(result.ledgerPicoUsd).toBe(result.venuePicoUsd);
    expect(result.settlements).toBeGreaterThan(result.calls);
    expect(BigInt(result.envelope.spentNanoUsd)).toBeLessThanOrEqual(BigInt(result.envelope.limitNanoUsd));
    expect(result.envelope.refused).toBeGreaterThan(0);
    expect(Object.fromEntries(result.useCases.map(({ slug, mode }) => [slug, mode]))).toEqual({
      support: 'enforce',
      rag: 'enforce',
      code: 'shadow',
      'batch-extraction': 'enforce',
    });
    for (const { mode, actualUsd, baselineUsd } of result.useCases) {
      if (mode === 'enforce') expect(Number(actualUsd)).toBeLessThan(Number(baselineUsd));
    }
  }
  const words = (result?: Result) =>
    result?.useCases
      .flatMap(({ slug, verdicts }) => verdicts.map((one) => `${slug} ${one.candidate} ${one.verdict}`))
      .sort();
  expect(words(results[0])).toEqual(words(results[1]));
  expect(leftRunning()).toEqual([]);
}, 300_000);

test.each(['SIGINT', 'SIGKILL'] as const)(
  '%s in the middle leaves nothing running',
  async (signal) => {
    const { child } = startDemo('--seed', 'interrupted');
    await until(async () => leftRunning().filter((command) => command.includes('/dist/apps/proxy/')).length > 0);
    child.kill(signal);
    await once(child, 'exit');
    expect(child.exitCode ?? child.signalCode).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL');
    await until(async () => leftRunning().length === 0);
  },
  120_000,
);
