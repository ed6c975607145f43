/** Whom a token belongs to. Comparisons are of HMACs, so timing tells nothing about a token. */
import { timingSafeEqual } from 'node:crypto';
import type { ApiKey } from '#contracts/key.js';
import type { Actor, ControlContext } from './control-context.js';
import { ControlProblem } from './control-problem.js';
import { keySecretHmac, memberTokenHmac } from './token-hmac.js';

type Identifying = Pick<ControlContext, 'stores' | 'keyPepper' | 'adminToken' | 'nowMs'>;

const bearer = (authorization: string | undefined): string | null =>
  /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1] ?? null;

const sameHex = (left: string, right: string) => timingSafeEqual(Buffer.from(left, 'hex'), Buffer.from(right, 'hex'));

/** Throws the problem `unauthenticated`. */
export async function identifyActor(context: Identifying, authorization: string | undefined): Promise<Actor> {
  const token = bearer(authorization);
  if (!token) throw new ControlProblem('unauthenticated', 'The request carries no bearer token.');
  const hmac = memberTokenHmac(context.keyPepper, token);
  if (sameHex(hmac, memberTokenHmac(context.keyPepper, context.adminToken))) return { name: 'root', role: 'admin' };
  const member = await context.stores.members.findByToken(hmac);
  if (!member) throw new ControlProblem('unauthenticated', 'The token is not known here.');
  if (member.revokedAt) throw new ControlProblem('unauthenticated', `The token of ${member.name} was revoked.`);
  return { name: member.name, role: member.role };
}

/** The caller's key, when the token is one and valid; null when it is no API key at all. Throws `unauthenticated`. */
export async function identifyKey(context: Identifying, authorization: string | undefined): Promise<ApiKey | null> {
  const parts = /^sk-o10-([0-9A-Za-z]{12})-([0-9A-Za-z]{43})$/.exec(bearer(authorization) ?? '');
  if (!parts?.[1] || !parts[2]) return null;
  const key = await context.stores.keys.find(parts[1]);
  const matches = sameHex(keySecretHmac(context.keyPepper, parts[2]), key?.secretHmac ?? '00'.repeat(32));
  if (!key || !matches) throw new ControlProblem('unauthenticated', 'The API key is not known here.');
  const expired = key.expiresAt !== null && Date.parse(key.expiresAt) <= context.nowMs();
  if (key.revokedAt || expired)
    throw new ControlProblem('unauthenticated', `The API key ${key.id} is no longer valid.`);
  return key;
}
