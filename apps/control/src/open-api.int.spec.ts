import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { declareNorth, type RunningControl, startControl } from './control-fixture.spec-data.js';

// The document is read as it is; the specs below say what must be in it.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = Record<string, any>;
let control: RunningControl;
let document: Json;
beforeAll(async () => {
  control = await startControl();
  await declareNorth(control);
  document = (await control.ask(null, 'GET', '/api/openapi.json')).body;
});
afterAll(() => control.stop());

const operations = () =>
  Object.entries<Json>(document['paths']).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]) => ({ method, path, operation })),
  );

test('it is OpenAPI 3.1, open to all, with a page for people', async () => {
  expect(document['openapi']).toMatch(/^3\.1\./);
  expect(document['info']).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  expect((await control.ask(null, 'GET', '/api/docs')).text).toContain('swagger');
});

test('every operation has its own id, declares the parameters of its path, and says what it answers', () => {
  const ids = operations().map(({ operation }) => operation['operationId']);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { method, path, operation } of operations()) {
    const inPath = (operation['parameters'] ?? [])
      .filter((one: Json) => one['in'] === 'path')
      .map((one: Json) => one['name']);
    expect(inPath, `${method} ${path}`).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(Object.keys(operation['responses']), `${method} ${path}`).not.toEqual([]);
    if (method === 'put') expect(operation['requestBody']?.content, `${method} ${path}`).toBeDefined();
  }
});

test('every reference resolves, and every schema is JSON Schema 2020-12', () => {
  const components: Json = document['components'].schemas;
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
  expect(references.length).toBeGreaterThan(100);
  for (const reference of references) {
    expect(reference).toMatch(/^#\/components\/schemas\//);
    expect(components, reference).toHaveProperty([reference.split('/').at(-1)!]);
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'o10', components: { schemas: components } });
  for (const name of Object.keys(components))
    expect(() => ajv.compile({ $ref: `o10#/components/schemas/${name}` }), name).not.toThrow();
});

test('it holds every contract the API speaks', async () => {
  const modules = await Promise.all(
    ['venue', 'price', 'use-case', 'envelope', 'key', 'verdict', 'statement', 'snapshot', 'entry', 'call-record'].map(
      (name) => import(`../../../libs/contracts/src/${name}.ts`) as Promise<Json>,
    ),
  );
  const named = modules
    .flatMap((module) => Object.values(module))
    .flatMap((value) => (value instanceof z.ZodType ? [value.meta()?.id] : []))
    .filter((id) => id !== undefined);
  expect(named.length).toBeGreaterThan(30);
  expect(Object.keys(document['components'].schemas)).toEqual(expect.arrayContaining(named));
});

test('money is text in requests and in answers, and an answer fits its schema', async () => {
  const { schemas } = document['components'];
  expect(schemas.PriceRow.properties.ratePicoUsd).toEqual({ $ref: '#/components/schemas/PicoUsd' });
  expect(schemas.PicoUsd.type).toBe('string');
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'o10', components: { schemas } });
  for (const { path, operation } of operations().filter((one) => one.method === 'get' && !one.path.includes('{'))) {
    const schema = operation['responses']['200']?.content?.['application/json']?.schema;
    if (!schema) continue;
    const { status, body } = await control.ask('viewer', 'GET', path);
    if (status !== 200) continue;
    const name = schema.$ref?.split('/').at(-1);
    expect(name, path).toBeDefined();
    const valid = ajv.compile({ $ref: `o10#/components/schemas/${name}` });
    expect(valid(body), `${path}: ${JSON.stringify(valid.errors)}`).toBe(true);
  }
});
