/**
 * Parses YAML or JSON into values that know their lines. What comes from outside may be hostile: it is bounded in size and
 * depth, aliases are refused (a few lines of them unfold into gigabytes), and no key reaches a prototype.
 */
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { FileProblems, type Located, PriceFileRefused } from '#domain/price-intake/located.js';

/** Two hundred times the largest public list of today would be a gigabyte; 24 MiB is ten times that list. */
export const fileBytesMax = 24 * 1024 * 1024;
const depthMax = 40;

/** Throws `PriceFileRefused` with the line of everything that is wrong. */
export function locateText(text: string, json: boolean): Located {
  const problems = new FileProblems();
  if (Buffer.byteLength(text) > fileBytesMax) refuse(1, `is larger than ${fileBytesMax} bytes`);
  if (text.includes('\0')) refuse(lineAt(text, text.indexOf('\0')), 'holds a zero byte: not a text file');
  refuseDepth(text);
  if (json) refuseBrokenJson(text);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, version: '1.2', schema: 'core' });
  for (const error of [...document.errors, ...document.warnings])
    problems.add({ line: error.linePos?.[0].line ?? 1 }, '', error.message.split('\n')[0]!.replace(/ at line .*$/, ''));
  problems.refuseIfAny();
  const located = locate(document.contents, '', lines, problems);
  problems.refuseIfAny();
  return located;
}

const refuse = (line: number, message: string): never => {
  throw new PriceFileRefused([{ line, path: '', message }]);
};

const lineAt = (text: string, offset: number) => text.slice(0, offset).split('\n').length;

/** Before the parser, which goes down by calling itself. Indentation and dashes nest as brackets do. */
function refuseDepth(text: string): void {
  let [line, depth, nested] = [1, 0, 0];
  for (const token of new Lexer().lex(text)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === '-' || token === '?' || token === ':') nested += 1;
    if (depth > depthMax || nested > depthMax) refuse(line, `is nested deeper than ${depthMax}`);
    const breaks = token.split('\n').length - 1;
    line += breaks;
    if (breaks > 0 || depth > 0) nested = 0;
  }
}

/** YAML reads what JSON forbids (comments, trailing commas); a .json with those was made by no program. */
function refuseBrokenJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    const line = position === undefined ? lineAt(text, text.trimEnd().length) : lineAt(text, Number(position));
    refuse(line, message.replace(/[^\x20-\x7e]/g, '?').replace(/, ".*$|\.\.\..*$/, ''));
  }
}

const numberSpelling = /^[-+]?(?:\d[\d_]*)?(?:\.\d*)?(?:[eE][-+]?\d+)?$|^0[xo][\da-fA-F]+$|^[-+]?\.(?:inf|nan)$/i;

function locate(node: ParsedNode | null, path: string, lines: LineCounter, problems: FileProblems): Located {
  const line = node ? Math.max(1, lines.linePos(node.range[0]).line) : 1;
  if (isAlias(node)) problems.add({ line }, path, 'aliases are not read here: write the value out');
  if (isSeq(node)) {
    const items = (node.items as ParsedNode[]).map((item, at) => locate(item, `${path}[${at}]`, lines, problems));
    return { kind: 'list', line, items };
  }
  if (isMap(node)) return locateMap(node.items as unknown as Pair[], path, line, lines, problems);
  if (!isScalar(node) || node.value === null || node.value === undefined) return { kind: 'null', line, text: '' };
  const { value } = node as { value: string | number | bigint | boolean };
  const source = (node as { source?: string }).source ?? String(value);
  if (typeof value === 'boolean') return { kind: 'boolean', line, text: String(value) };
  const written = typeof value !== 'string' && numberSpelling.test(source);
  return written ? { kind: 'number', line, text: source } : { kind: 'text', line, text: String(value) };
}

interface Pair {
  key: ParsedNode | null;
  value: ParsedNode | null;
}

function locateMap(items: Pair[], path: string, line: number, lines: LineCounter, problems: FileProblems): Located {
  const entries = new Map<string, { line: number; value: Located }>();
  for (const { key, value } of items) {
    const at = key ? lines.linePos(key.range[0]).line : line;
    const name = isScalar(key) ? ((key as { source?: string }).source ?? String(key.value)) : null;
    const inner = name === null ? path : path ? `${path}.${name}` : name;
    if (name === null || name === '<<') problems.add({ line: at }, path, 'a key must be plain text');
    else if (entries.has(name)) problems.add({ line: at }, inner, 'is there twice');
    else entries.set(name, { line: at, value: locate(value, inner, lines, problems) });
  }
  return { kind: 'map', line, entries };
}
