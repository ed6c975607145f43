/** A suite as files: `suite.json`, `cases.jsonl`; or one file of lines, or of promptfoo. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { SuiteLine } from '#contracts/api/suite-api.js';
import { Floor, Grader } from '#contracts/use-case.js';
import { SuiteManifest } from '#domain/suite/manifest.js';
import { type ImportedSuite, promptfooFrom, suiteFromPromptfoo } from '#domain/suite/promptfoo.js';
import { offerOf } from '#domain/suite/suite-hash.js';
import { readSuiteLines, writeSuiteLines } from '#domain/suite/suite-lines.js';

export interface SuiteFiles {
  manifest: SuiteManifest;
  lines: SuiteLine[];
}

/** A suite's lines as an installation keeps them: each with the system prompt it is asked under, and the tools it offers. */
export const linesToUpload = ({ manifest, lines }: SuiteFiles): SuiteLine[] =>
  lines.map((line) => ({
    ...(manifest.system !== null && { system: manifest.system }),
    ...(line.tools === undefined && offerOf(manifest)),
    ...line,
  }));

export async function readSuite(folder: string): Promise<SuiteFiles> {
  const manifest = SuiteManifest.safeParse(JSON.parse(await readFile(join(folder, 'suite.json'), 'utf8')));
  if (!manifest.success) {
    const [issue] = manifest.error.issues;
    throw new Error(`${join(folder, 'suite.json')}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  return { manifest: manifest.data, lines: readSuiteLines(await readFile(join(folder, 'cases.jsonl'), 'utf8')) };
}

export async function writeSuite(folder: string, { manifest, lines }: SuiteFiles): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'suite.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(folder, 'cases.jsonl'), writeSuiteLines(lines));
}

export interface ImportTerms {
  name: string;
  /** Where the file names none of its own. */
  floor: number;
  /** Of a file of plain lines, which name none. */
  grader: unknown;
}

/** A promptfoo configuration, its tests one a line, or plain lines of `input` and `expected`. Throws `SuiteProblem`. */
export function importSuite(file: string, text: string, { name, floor, grader }: ImportTerms): SuiteFiles {
  const imported = extname(file) === '.jsonl' ? fromLines(text, grader) : suiteFromPromptfoo(parse(text));
  const manifest = SuiteManifest.parse({
    name,
    version: 1,
    system: imported.system,
    grader: imported.grader,
    floor: imported.floor ?? Floor.parse({ absolute: floor }),
    ...offerOf(imported),
  });
  return { manifest, lines: imported.lines };
}

/** promptfoo's own lines hold `vars` and assertions. */
function fromLines(text: string, grader: unknown): ImportedSuite {
  const [first = ''] = text.split('\n').filter((line) => line.trim() !== '');
  if (!/^\s*\{.*"vars"\s*:/u.test(first))
    return { lines: readSuiteLines(text), grader: Grader.parse(grader), floor: null, system: null };
  const tests = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]));
  return suiteFromPromptfoo({ tests });
}

export const exportSuite = ({ manifest, lines }: SuiteFiles, format: 'promptfoo' | 'jsonl'): string =>
  format === 'jsonl' ? writeSuiteLines(lines) : stringify(promptfooFrom(lines, manifest));
