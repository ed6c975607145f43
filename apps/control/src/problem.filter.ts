/** Spells every error as problem details (RFC 9457), and logs those that are ours. */
import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ControlContext, controlContext } from './control-context.js';
import { problemOf } from './problem-of.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(controlContext) private readonly control: ControlContext) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = problemOf(error).toProblem();
    if (problem.status >= 500) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.control.log.error({ code: problem.code, method: request.method, url: request.url, stack }, 'not answered');
    }
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}
