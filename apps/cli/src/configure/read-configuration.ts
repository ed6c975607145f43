/**
 * Reads o10.yaml with everything it names: the secrets from the environment, the suites from their files. Every problem
 * is told at once, each with its line; a field nobody reads is a problem too.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Document, isAlias, isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { inputProblems } from '#contracts/api/strict-input.js';
import { Configuration } from '#contracts/configuration.js';

export interface ReadConfiguration {
  file: string;
  configuration: Configuration;
  /** Credential by venue. */
  secrets: Record<string, string>;
  /** JSON Lines by use case. */
  suites: Record<string, string>;
}

export interface ConfigurationProblem {
  line: number;
  column: number;
  /** Where in the file, as `venues.openai.baseUrl`; empty for YAML that is none. */
  path: string;
  message: string;
}

export class ConfigurationInvalid extends Error {
  constructor(
    readonly file: string,
    readonly problems: ConfigurationProblem[],
  ) {
    const lines = problems.map(
      ({ line, column, path, message }) => `${file}:${line}:${column} ${path ? `${path}: ` : ''}${message}`,
    );
    super(lines.join('\n'));
  }
}

type Path = readonly PropertyKey[];
type Problems = { path: Path; message: string }[];

/** `env` is where `key: env:NAME` is looked up. Throws `ConfigurationInvalid`, or the file system's error for `file`. */
export async function readConfiguration(
  file: string,
  env: Record<string, string | undefined>,
): Promise<ReadConfiguration> {
  const lines = new LineCounter();
  const document = parseDocument(await readFile(file, 'utf8'), { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    column: error.linePos?.[0].col ?? 1,
    path: '',
    message: error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? 'is not YAML',
  }));
  if (broken.length > 0) throw new ConfigurationInvalid(file, broken);
  const fail = (problems: Problems) => {
    throw new ConfigurationInvalid(
      file,
      problems.map((problem) => placed(document, lines, problem)),
    );
  };
  const input: unknown = document.toJS();
  const parsed = Configuration.safeParse(input);
  if (!parsed.success) return fail([...flattened(parsed.error.issues), ...unknownAtTop(input)]);
  const unread = inputProblems(input, parsed.data);
  if (unread.length > 0) return fail(unread);
  const problems: Problems = [];
  const secrets = readSecrets(parsed.data, env, problems);
  const suites = await readSuites(parsed.data, dirname(file), problems);
  if (problems.length > 0) return fail(problems);
  return { file, configuration: parsed.data, secrets, suites };
}

/** zod reports a record's bad key on the record, with its message inside, and a missing field as undefined. */
function flattened(issues: readonly { path: PropertyKey[]; message: string }[]): Problems {
  return issues.map((issue) => {
    const inner =
      'issues' in issue && Array.isArray(issue.issues) ? (issue.issues as { message: string }[])[0] : undefined;
    const { message } = inner ?? issue;
    return { path: issue.path, message: message.endsWith('received undefined') ? 'is missing' : message };
  });
}

/** A misspelt section is the likely reason that another one is missing, so it is told with the rest. */
function unknownAtTop(input: unknown): Problems {
  if (typeof input !== 'object' || input === null) return [];
  return Object.keys(input)
    .filter((key) => !Object.hasOwn(Configuration.shape, key))
    .map((key) => ({ path: [key], message: `unknown field "${key}"` }));
}

function readSecrets(
  { venues }: Configuration,
  env: Record<string, string | undefined>,
  problems: Problems,
): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const [venue, { key }] of Object.entries(venues)) {
    if (!key) continue;
    const name = key.slice('env:'.length);
    const secret = env[name];
    if (secret) secrets[venue] = secret;
    else problems.push({ path: ['venues', venue, 'key'], message: `the environment variable ${name} is not set` });
  }
  return secrets;
}

async function readSuites(
  { suites }: Configuration,
  folder: string,
  problems: Problems,
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [useCase, path] of Object.entries(suites)) {
    try {
      texts[useCase] = await readFile(resolve(folder, path), 'utf8');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ path: ['suites', useCase], message: `cannot be read: ${message}` });
    }
  }
  return texts;
}

function placed(document: Document, lines: LineCounter, { path, message }: Problems[number]): ConfigurationProblem {
  const { line, col } = lines.linePos(offsetOf(document, path));
  return { line, column: col, path: path.map(String).join('.'), message };
}

/** Of the deepest key on the path that is there; where a field is missing, that is the thing it is missing from. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = (document.contents as Node | null)?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && String((item.key as { value?: unknown })?.value) === String(step),
      );
      if (!pair) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (!item) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    }
  }
  return offset;
}
