/**
 * Bugs that others had, as patches to our own source: each is put into a copy, the copy is built, and the simulation runs
 * in it until a promise is broken.
 */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { SimulationReport } from './envelope-simulation.js';

export interface Caught {
  name: string;
  /** Null: nothing noticed. */
  rule: string | null;
  seed: number | null;
  what: string | null;
}

const patches = 'evals/envelope-simulation/mutants';
const copied = ['apps', 'libs', 'evals', 'prisma', 'dist', 'package.json', 'tsconfig.base.json', 'tsconfig.build.json'];
const seedsMax = 2_000;
const answerBytesMax = 64 * 1024 * 1024;
const start = promisify(execFile);

export async function catchMutants(projectDir: string): Promise<Caught[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'o10-mutants-'));
  try {
    for (const name of copied) cpSync(join(projectDir, name), join(scratch, name), { recursive: true });
    symlinkSync(join(projectDir, 'node_modules'), join(scratch, 'node_modules'));
    const caught: Caught[] = [];
    for (const patch of readdirSync(join(projectDir, patches)).sort()) {
      const name = basename(patch, '.patch');
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kmutant ${name}`);
      caught.push({ name, ...(await catchOne(scratch, join(projectDir, patches, patch))) });
    }
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    return caught;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Incremental builds: what the patch touches, and what depends on it. */
async function catchOne(copy: string, patch: string): Promise<Omit<Caught, 'name'>> {
  const apply = (...how: string[]) => execFileSync('git', ['apply', ...how, patch], { cwd: copy });
  apply();
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { cwd: copy });
  const args = ['dist/evals/run.js', 'envelope-simulation', '--first', '--no-mutants', '--json'];
  const { stdout } = await start(process.execPath, [...args, '--seeds', String(seedsMax)], {
    cwd: copy,
    maxBuffer: answerBytesMax,
  }).catch((failed: { stdout: string }) => failed);
  apply('--reverse');
  const { broken } = JSON.parse(stdout) as SimulationReport;
  const [first] = broken;
  const violation = first?.violations[0];
  return { rule: violation?.rule ?? null, seed: first?.seed ?? null, what: violation?.what ?? null };
}
