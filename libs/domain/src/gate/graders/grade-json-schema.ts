/**
 * Right when the whole answer is JSON, valid under the schema and, with a reference, equal in every field that names.
 * Fences and prose around the JSON make it wrong: the caller's own parser would not get through them either.
 */
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Grader } from '#contracts/use-case.js';
import { equalFields } from './equal-fields.js';
import { type Grade, type Question, scoreOf } from './grade.js';
import { linearPattern } from './linear-pattern.js';

type JsonSchemaGrader = Extract<Grader, { kind: 'json_schema' }>;

const compiled = new WeakMap<JsonSchemaGrader, ValidateFunction>();

/** `format` is an annotation, as in the 2020-12 default; `pattern` runs in linear time like every pattern here. */
const options: Options = {
  strict: false,
  validateFormats: false,
  logger: false,
  code: { regExp: Object.assign((pattern: string) => linearPattern(pattern), { code: 'linearPattern' }) },
};

export function gradeJsonSchema({ grader, answer, reference }: Question<JsonSchemaGrader>): Grade {
  const expected = grader.reference === undefined ? null : expectedJson(grader.reference, reference);
  if (expected?.json === undefined && expected !== null) return { notGradable: 'the reference is not JSON' };
  const given = parsed(answer);
  if (given === undefined || !validUnder(compiledSchema(grader), given.json)) return scoreOf(false);
  return scoreOf(expected === null || equalFields(expected.json, given.json));
}

/** Throws where the schema does not compile. Draft-07 unless the schema names 2020-12. */
export function compiledSchema(grader: JsonSchemaGrader): ValidateFunction {
  const known = compiled.get(grader);
  if (known !== undefined) return known;
  const { $schema } = grader.schema;
  const validator =
    typeof $schema === 'string' && $schema.includes('2020-12') ? new Ajv2020(options) : new Ajv(options);
  const validate = validator.compile(grader.schema);
  if ('$async' in validate) throw new Error('an asynchronous schema cannot grade');
  compiled.set(grader, validate);
  return validate;
}

/** JSON nested so deeply that the check runs out of stack is not valid for anyone. */
function validUnder(validate: ValidateFunction, value: unknown): boolean {
  try {
    return validate(value);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** A suite holds JSON values; a baseline answered with JSON text. */
const expectedJson = (source: 'suite' | 'baseline', reference: unknown): { json?: unknown } =>
  source === 'suite' ? { json: reference } : (parsed(String(reference)) ?? {});

/** Undefined where the text is not JSON. */
function parsed(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined; // Not being JSON is what the grader asks about, not a failure of ours.
  }
}
