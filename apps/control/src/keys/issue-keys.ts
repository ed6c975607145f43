/**
 * Issues and revokes callers' keys. The secret exists in the answer only; what is kept and published is its HMAC. Proxies
 * are told before the commit: where they cannot be told, nothing was issued or revoked.
 */
import type { KeyAnswer, KeyIssued, KeyPost } from '#contracts/api/key-api.js';
import type { ApiKey } from '#contracts/key.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import { publishKeys } from '#postgres/admin/publish-keys.js';
import { recordChange } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';
import { randomBase62 } from '../random-base62.js';
import { keySecretHmac } from '../token-hmac.js';

/** Ids of one line of the ledger: 1,000 of them leave three quarters of its 64 KiB free. */
const idsPerLine = 1_000;

function newKey(context: ControlContext, wanted: KeyPost): { key: ApiKey; secret: string } {
  const id = randomBase62(12);
  const secret = randomBase62(43);
  const secretHmac = keySecretHmac(context.keyPepper, secret);
  const key: ApiKey = { ...wanted, id, secretHmac, organisation: context.organisation, revokedAt: null };
  return { key, secret: `sk-o10-${id}-${secret}` };
}

export async function issueKey(context: ControlContext, actor: Actor, wanted: KeyPost): Promise<KeyIssued> {
  const { key, secret } = newKey(context, wanted);
  await recordChange(context.publishing, async ({ keys, useCases }) => {
    await requireUseCase(useCases, wanted);
    await keys.add([key], actor.name);
    const { id, name, team, useCase, scopes } = key;
    return {
      result: null,
      entries: [lineOf(context, actor, 'key_event', { event: 'issued', id, name, team, useCase, scopes })],
      beforeCommit: () => publishKeys(context.publishing.feed, [key]),
    };
  });
  return { secret, key: keyAnswer(key) };
}

/** `count` keys named `<name>-1` and so on, as one change. */
export async function issueKeys(
  context: ControlContext,
  actor: Actor,
  wanted: KeyPost,
  count: number,
): Promise<{ id: string; secret: string }[]> {
  const issued = Array.from({ length: count }, (_, at) =>
    newKey(context, { ...wanted, name: `${wanted.name}-${at + 1}` }),
  );
  const all = issued.map(({ key }) => key);
  await recordChange(context.publishing, async ({ keys, useCases }) => {
    await requireUseCase(useCases, wanted);
    await keys.add(all, actor.name);
    const { name, team, useCase, scopes } = wanted;
    const entries = chunks(all, idsPerLine).map((chunk) => {
      const ids = chunk.map(({ id }) => id);
      return lineOf(context, actor, 'key_event', { event: 'issued_in_bulk', name, team, useCase, scopes, ids });
    });
    return { result: null, entries, beforeCommit: () => publishKeys(context.publishing.feed, all) };
  });
  return issued.map(({ key, secret }) => ({ id: key.id, secret }));
}

/** A new key on the same terms; the old one works for the overlap and then no more. Throws `not_found`. */
export async function rotateKey(
  context: ControlContext,
  actor: Actor,
  id: string,
  overlapSeconds: number,
): Promise<KeyIssued> {
  const endsAt = new Date(context.nowMs() + overlapSeconds * 1_000).toISOString();
  return recordChange(context.publishing, async ({ keys }) => {
    const old = await keys.expire(id, endsAt, actor.name);
    if (!old || old.revokedAt !== null) throw notFound(`key ${id} that works`);
    const { name, team, useCase, scopes, modelAllowList } = old;
    const { key, secret } = newKey(context, { name, team, useCase, scopes, modelAllowList, expiresAt: null });
    await keys.add([key], actor.name);
    const body = { event: 'rotated', id: key.id, name, replaces: id, until: old.expiresAt };
    return {
      result: { secret, key: keyAnswer(key) },
      entries: [lineOf(context, actor, 'key_event', body)],
      beforeCommit: () => publishKeys(context.publishing.feed, [key, old]),
    };
  });
}

/** Idempotent: revoking again tells proxies again. */
export async function revokeKey(
  context: ControlContext,
  actor: Actor,
  id: string,
): Promise<ApiKey & { revokedAt: string }> {
  const now = new Date(context.nowMs()).toISOString();
  const key = await recordChange(context.publishing, async ({ keys }) => {
    const before = await keys.find(id);
    const revoked = await keys.revoke(id, now, actor.name);
    if (!before || !revoked) throw notFound(`key ${id}`);
    const first = before.revokedAt === null;
    const line = () => lineOf(context, actor, 'key_event', { event: 'revoked', id, name: revoked.name });
    const beforeCommit = () => publishKeys(context.publishing.feed, [revoked]);
    return { result: revoked, entries: first ? [line()] : [], beforeCommit };
  });
  return { ...key, revokedAt: key.revokedAt ?? now };
}

/** A key bound to nothing would send its calls nowhere. */
async function requireUseCase(useCases: AdminStores['useCases'], { useCase }: KeyPost): Promise<void> {
  if (useCase === null || (await useCases.find(useCase))) return;
  const message = `there is no use case ${useCase}`;
  throw new ControlProblem('invalid_request', `useCase: ${message}`, [{ path: 'useCase', message }]);
}

const chunks = <Item>(items: Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

export function keyAnswer({ secretHmac: _, ...key }: ApiKey): KeyAnswer {
  return key;
}
