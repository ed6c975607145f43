/**
 * Decides whether a body is a request we can stand behind: strict UTF-8, one JSON object, every deciding field once and
 * of its type. What a venue alone cares about is left for the venue to judge.
 */
import type { Refusal, RefusalCode } from '#contracts/refusal.js';
import { decodeJson } from './decode-json.js';
import { scanTopLevel, type TopLevel } from './json-top-level.js';
import { isObject, type JsonObject } from './json-value.js';

/** A caller never names the host a credential is sent to. */
const upstreamNames = ['base_url', 'api_base', 'custom_host'];

export type Refused = { refusal: Refusal; parsed?: undefined };
export type ParsedRequest = { parsed: JsonObject; fields: TopLevel; refusal?: undefined } | Refused;

export interface BodyRules {
  /** Fields that decide cost, policy or what is asked; each may stand once. */
  deciding: ReadonlySet<string>;
  /** The first field of the wrong type. */
  wrongType(parsed: JsonObject): Refused | null;
  /** The name of a field inside another one that decides as well and stands twice. */
  doubledInside?(body: Buffer, parsed: JsonObject, fields: TopLevel): string | null;
}

export function parseBody(body: Buffer, { deciding, wrongType, doubledInside }: BodyRules): ParsedRequest {
  const decoded = decodeJson(body);
  if (decoded.error !== undefined) return refuse('invalid_json', `The body is not valid ${decoded.error}.`);
  const parsed = decoded.value;
  if (!isObject(parsed)) return refuse('invalid_json', 'The body is JSON, but not an object.');
  const fields = scanTopLevel(body, deciding);
  if (!fields) return refuse('invalid_json', 'The body is not one JSON object.');
  const doubled = fields.duplicate ?? doubledInside?.(body, parsed, fields) ?? null;
  if (doubled !== null) return refuse('duplicate_field', `"${doubled}" is given more than once.`, doubled);
  const upstream = upstreamNames.find((name) => Object.hasOwn(parsed, name));
  if (upstream)
    return refuse('invalid_request', `"${upstream}" is not accepted: a caller does not choose the host.`, upstream);
  return wrongType(parsed) ?? { parsed, fields };
}

export function refuse(code: RefusalCode, message: string, param?: string): Refused {
  return { refusal: param === undefined ? { code, message } : { code, message, param } };
}

export function wrong(param: string, expected: string): Refused {
  return refuse('invalid_request', `"${param}" must be ${expected}.`, param);
}

export function wrongModel(model: unknown): Refused | null {
  if (typeof model === 'string' && /^[\x21-\x7e]{1,200}$/.test(model)) return null;
  return wrong('model', 'a name of 1 to 200 printable ASCII characters without spaces');
}

/** Null means absent, as OpenAI's clients send it. */
export function absentOr(value: unknown, holds: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || holds(value);
}

export const isPositive = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
export const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
export const isText = (value: unknown): boolean => typeof value === 'string';
