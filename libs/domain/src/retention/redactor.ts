/**
 * Takes out of texts what a use case says must not be kept. The engine is linear in the text, so a caller cannot write a
 * prompt that stalls it; and it reads JSON, so that nothing hides behind an escape.
 */
import { RE2JS } from 're2js';
import type { RedactionRule } from '#contracts/use-case.js';
import { redactionPatterns } from './redaction-patterns.js';

interface CompiledRule {
  name: string;
  pattern: RE2JS;
  check?: ((found: string) => boolean) | undefined;
}

export interface Redactor {
  text(text: string): string;
  /** Every text in a value out of JSON, keys included. */
  json(value: unknown): unknown;
}

const binary = '[binary]';
const deepest = 200;

/** Throws an Error with RE2's own words where a rule is not RE2 syntax. */
export function redactorOf(rules: readonly RedactionRule[]): Redactor {
  const compiled = rules.map(compileRule);
  const text = (given: string) => compiled.reduce(replaceAll, given);
  return { text, json: (value) => redactValue(value, text, 0) };
}

/** What is wrong with the rules, in words. */
export function redactionProblems(rules: readonly RedactionRule[]): string[] {
  return rules.flatMap((rule) => {
    try {
      return compileRule(rule).pattern.matches('') ? [`${nameOf(rule)} matches nothing at all as well`] : [];
    } catch (error) {
      return [`${nameOf(rule)}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

const nameOf = (rule: RedactionRule): string => (typeof rule === 'string' ? rule : rule.name);

function compileRule(rule: RedactionRule): CompiledRule {
  if (typeof rule !== 'string') return { name: rule.name, pattern: RE2JS.compile(rule.pattern) };
  const { pattern, check } = redactionPatterns[rule];
  return { name: rule, pattern: RE2JS.compile(pattern), check };
}

function replaceAll(text: string, { name, pattern, check }: CompiledRule): string {
  const matcher = pattern.matcher(text);
  const kept: string[] = [];
  let from = 0;
  while (matcher.find()) {
    const found = matcher.group() ?? '';
    if (found === '' || (check && !check(found))) continue;
    kept.push(text.slice(from, matcher.start()), `[${name}]`);
    from = matcher.end();
  }
  return from === 0 ? text : kept.join('') + text.slice(from);
}

function redactValue(value: unknown, text: (text: string) => string, depth: number): unknown {
  if (depth > deepest) return '[too deep]';
  if (typeof value === 'string') return isBinary(value) ? binary : text(value);
  if (typeof value === 'number') return redactNumber(value, text);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, text, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [text(key), redactValue(inner, text, depth + 1)]),
  );
}

/** A card's number may come as one. */
function redactNumber(value: number, text: (text: string) => string): unknown {
  const spelled = String(value);
  const kept = text(spelled);
  return kept === spelled ? value : kept;
}

/** Pictures, sounds and files, as bodies carry them: a data URL, or nothing but base64. */
const isBinary = (text: string): boolean =>
  /^data:[^,]{0,200};base64,/.test(text) || (text.length > 512 && /^[A-Za-z0-9+/_-]+=*$/.test(text));
