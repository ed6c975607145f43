/** How requests are read: bodies up to 32 MiB, JSON or JSON Lines, and no field that nobody reads. */
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { inputProblems } from '#contracts/api/strict-input.js';
import { ControlProblem } from './control-problem.js';

const bodyMax = 32 * 1024 * 1024;

export const makeAdapter = () => new FastifyAdapter({ bodyLimit: bodyMax, forceCloseConnections: true });

/** zod drops unknown fields in silence; here a misspelt field is an error, because silence would be taken for success. */
class StrictPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({
      exceptionFactory: (issues) => {
        const errors = issues.slice(0, 100).map(({ path, message }) => ({ path: pathText(path), message }));
        const [first] = errors;
        return new ControlProblem('invalid_request', first ? `${first.path}: ${first.message}` : 'not valid', errors);
      },
    });
  }

  protected override async validate<T>(
    ...[value, schema, options]: Parameters<StandardSchemaValidationPipe['validate']>
  ) {
    const result = await super.validate<T>(value as never, schema, options);
    if (result.issues) return result;
    const problems = inputProblems(value, result.value);
    return problems.length > 0 ? { issues: problems } : result;
  }
}

const pathText = (path: readonly (PropertyKey | { key: PropertyKey })[] = []) =>
  path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');

export function mountRequests(app: NestFastifyApplication): void {
  app.useGlobalPipes(new StrictPipe());
  for (const type of ['application/jsonl', 'application/x-ndjson', 'text/plain'])
    app.useBodyParser(type, { bodyLimit: bodyMax }, (_request, body, done) => done(null, body.toString('utf8')));
}
