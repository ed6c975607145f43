/** The OpenAPI 3.1 document, made of the very schemas that check requests. Money appears as it travels: as text. */
import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { BreachStep, LadderStep } from '#contracts/envelope.js';
import { ApiKey } from '#contracts/key.js';
import { Problem } from '#contracts/api/problem.js';
import { CallRecord } from '#contracts/call-record.js';
import { Entry } from '#contracts/entry.js';
import { Snapshot } from '#contracts/snapshot.js';
import { SuiteCase } from '#contracts/use-case.js';
import { SuiteLine } from '#contracts/api/suite-api.js';

/** Contracts no answer holds as a whole, but readers of the ledger and of errors meet. */
const alsoDescribed = [Problem, BreachStep, LadderStep, ApiKey, CallRecord, Entry, Snapshot, SuiteCase, SuiteLine];

interface Converted {
  schema: Record<string, unknown>;
  components: Record<string, Record<string, unknown>>;
}

/** A codec has two forms; over the wire there is only the one that goes in. */
function wireSchema(schema: z.ZodType): Converted {
  const { $defs, $schema: _, ...own } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const components = Object.fromEntries(
    Object.entries($defs ?? {}).map(([name, definition]) => [name, withoutId(definition as Record<string, unknown>)]),
  );
  const { id } = own as { id?: string };
  if (!id) return { schema: own, components };
  return { schema: { $ref: `#/components/schemas/${id}` }, components: { ...components, [id]: withoutId(own) } };
}

function withoutId({ id: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}

type ControllerClass = new (...args: never[]) => object;

/**
 * Without the compiler's decorator metadata the scanner takes a handler for one without parameters. Their types come from
 * the schemas, so it is enough to say how many there are.
 */
function countParameters(controllers: ControllerClass[]): void {
  for (const { prototype } of controllers as { prototype: Record<string, unknown> }[]) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const handler = prototype[name];
      if (name === 'constructor' || typeof handler !== 'function') continue;
      Reflect.defineMetadata(
        'design:paramtypes',
        Array.from({ length: handler.length }, () => Object),
        prototype,
        name,
      );
    }
  }
}

export function openApiDocument(app: NestFastifyApplication, controllers: ControllerClass[]): OpenAPIObject {
  countParameters(controllers);
  const settings = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('o10 control API')
    .setDescription('Errors are problem details (RFC 9457) with a stable `code`.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'member')
    .addSecurityRequirements('member')
    .build();
  const document = SwaggerModule.createDocument(app, settings, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    standardSchemaConverter: (schema) => (schema instanceof z.ZodType ? wireSchema(schema) : undefined),
  });
  const schemas = ((document.components ??= {}).schemas ??= {});
  for (const contract of alsoDescribed) {
    const { components } = wireSchema(contract);
    for (const [name, definition] of Object.entries(components)) schemas[name] ??= componentOf(definition);
  }
  return document;
}

const componentOf = (definition: Record<string, unknown>) =>
  JSON.parse(JSON.stringify(definition).replaceAll('#/$defs/', '#/components/schemas/')) as object;

/** /api/docs for people, /api/openapi.json for programs; neither asks for a token. */
export function mountOpenApi(app: NestFastifyApplication, controllers: ControllerClass[]): void {
  SwaggerModule.setup('api/docs', app, openApiDocument(app, controllers), { jsonDocumentUrl: 'api/openapi.json' });
}
