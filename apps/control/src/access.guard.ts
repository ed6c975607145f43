/**
 * Every handler of the control API passes here. Reading is for every member; a handler that changes something names its
 * roles with `@Allow`, and one that forgot to is for nobody but admins.
 */
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Role } from '#contracts/api/member-api.js';
import type { ApiKey } from '#contracts/key.js';
import { type Actor, type ControlContext, controlContext } from './control-context.js';
import { ControlProblem } from './control-problem.js';
import { identifyActor, identifyKey } from './identify-actor.js';

type Asked = FastifyRequest & { actor?: Actor; callerKey?: ApiKey };

const open = 'o10:open';
const allowed = 'o10:allowed';
const keysToo = 'o10:keys-too';

/** Needs no token: health, readiness. */
export const Open = () => SetMetadata(open, true);
/** The roles that may. No role contains another. */
export const Allow = (...roles: Role[]) => SetMetadata(allowed, roles);
/** Callers' keys may ask too, about their own calls. */
export const KeysToo = () => SetMetadata(keysToo, true);

export const AskedBy = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<Asked>();
  if (!actor) throw new Error('AskedBy in a handler that the guard let pass without an actor');
  return actor;
});

/** The key that asks; null when a member does. */
export const AskedByKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): ApiKey | null =>
    context.switchToHttp().getRequest<Asked>().callerKey ?? null,
);

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(controlContext) private readonly control: ControlContext,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Asked>();
    const told = <T>(key: string) =>
      this.reflector.getAllAndOverride<T>(key, [context.getHandler(), context.getClass()]);
    if (told<boolean>(open)) return true;
    const { authorization } = request.headers;
    if (told<boolean>(keysToo)) {
      const key = await identifyKey(this.control, authorization);
      if (key) request.callerKey = key;
      if (key) return true;
    }
    const actor = await identifyActor(this.control, authorization);
    const reading = request.method === 'GET' || request.method === 'HEAD';
    const roles = told<Role[] | undefined>(allowed) ?? (reading ? null : (['admin'] as const));
    if (roles && !(roles as readonly Role[]).includes(actor.role)) {
      throw new ControlProblem('forbidden', `${actor.name} is ${actor.role}; this takes ${roles.join(' or ')}.`);
    }
    request.actor = actor;
    return true;
  }
}
