/**
 * Right when the answer calls the functions it should, with allowed arguments (BFCL's AST rules, gorilla@6ea57973): the
 * count must match, parallel calls match in any order, greedily from the reference's side. Calls are compared, never made.
 */
import { matchesAllowed, mayBeAbsent } from './match-argument.js';
import { type CalledTool, type Grade, scoreOf } from './grade.js';
import { type Argument, argumentOf, isFields, readArguments } from './tool-arguments.js';

/** What one call must look like. */
interface WantedCall {
  name: string;
  /** Allowed values by argument. */
  allowed: { [name: string]: Argument[] };
  required: readonly string[];
  types: { [name: string]: string | undefined };
}

/** As a tool is declared to a model: the part that types and requires its arguments. */
interface DeclaredTool {
  name: string;
  parameters?: { properties?: Record<string, { type?: unknown }>; required?: string[] };
}

/**
 * A suite's reference is `[{"get_weather": {"city": ["Paris", "paris"], "units": ["celsius", ""]}}]`, or the same under
 * `calls` with the declared `functions` beside it, which give the types. `[]` says that nothing may be called.
 */
export function gradeToolCalls(given: readonly CalledTool[], reference: unknown): Grade {
  const wanted = wantedOf(reference);
  if (wanted === null) return { notGradable: 'the reference is not a list of allowed calls' };
  if (given.length !== wanted.length) return scoreOf(false);
  const left = [...given];
  return scoreOf(
    wanted.every((call) => {
      const at = left.findIndex((one) => matchesCall(one, call));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    }),
  );
}

/** The baseline's calls as a reference: every argument as it was, and all of them wanted. Null where they do not parse. */
export function callsAsReference(calls: readonly CalledTool[]): unknown[] | null {
  const wanted = calls.map(({ name, arguments: text }) => {
    const fields = readArguments(text === '' ? '{}' : text);
    return fields && { [name]: optionsOf(fields) };
  });
  return wanted.includes(null) ? null : wanted;
}

/** APIs that forbid dots in names are given underscores instead. */
const spelled = (name: string): string => name.replaceAll('.', '_');

function matchesCall(given: CalledTool, wanted: WantedCall): boolean {
  if (spelled(given.name) !== spelled(wanted.name)) return false;
  const values = readArguments(given.arguments === '' ? '{}' : given.arguments);
  if (values === null || !wanted.required.every((name) => Object.hasOwn(values, name))) return false;
  const known = Object.entries(values).every(([name, value]) => {
    const allowed = Object.hasOwn(wanted.allowed, name) ? wanted.allowed[name] : undefined;
    return allowed !== undefined && matchesAllowed(value, allowed, wanted.types[name]);
  });
  return (
    known &&
    Object.entries(wanted.allowed).every(([name, allowed]) => Object.hasOwn(values, name) || mayBeAbsent(allowed))
  );
}

function wantedOf(reference: unknown): WantedCall[] | null {
  const holder =
    typeof reference === 'object' && reference !== null && 'calls' in reference ? reference : { calls: reference };
  const functions =
    'functions' in holder && Array.isArray(holder.functions) ? (holder.functions as DeclaredTool[]) : [];
  if (!Array.isArray(holder.calls)) return null;
  const wanted = (holder.calls as unknown[]).map((call) => wantedCall(call, functions));
  return wanted.every((call) => call !== null) ? wanted : null;
}

function wantedCall(call: unknown, functions: readonly DeclaredTool[]): WantedCall | null {
  const value = argumentOf(call);
  const [entry, ...more] = isFields(value) ? Object.entries(value) : [];
  if (!entry || more.length > 0) return null;
  const [name, fields] = entry;
  if (!isFields(fields) || !Object.values(fields).every((options) => Array.isArray(options))) return null;
  const declared = functions.find((one) => spelled(one.name) === spelled(name))?.parameters;
  const properties = Object.entries(declared?.properties ?? {});
  return {
    name,
    allowed: fields as { [name: string]: Argument[] },
    required: declared?.required ?? [],
    types: Object.fromEntries(properties.map(([key, { type }]) => [key, typeof type === 'string' ? type : undefined])),
  };
}

/** Every value as the only one allowed. */
const optionsOf = (fields: { [name: string]: Argument }): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [plain(value)]]));

function plain(value: Argument): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (isFields(value)) return optionsOf(value);
  return typeof value === 'object' && value !== null ? value.value : value;
}
