/** A suite as it lies in its folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteLine } from '#contracts/api/suite-api.js';
import { SuiteManifest } from '#domain/suite/manifest.js';
import { readSuiteLines } from '#domain/suite/suite-lines.js';

export interface SuiteFolder {
  manifest: SuiteManifest;
  lines: SuiteLine[];
  /** A right answer of each case, where the expectation itself is none. */
  answers: string[] | null;
}

export function readSuiteFolder(folder: string): SuiteFolder {
  const answers = join(folder, 'answers.jsonl');
  return {
    manifest: SuiteManifest.parse(JSON.parse(readFileSync(join(folder, 'suite.json'), 'utf8'))),
    lines: readSuiteLines(readFileSync(join(folder, 'cases.jsonl'), 'utf8')),
    answers: existsSync(answers)
      ? readFileSync(answers, 'utf8')
          .trim()
          .split('\n')
          .map((line) => String(JSON.parse(line)))
      : null,
  };
}
