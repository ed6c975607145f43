/** Adds and revokes members. Only the HMAC of a token is kept. */
import type { MemberIssued, MemberPost } from '#contracts/api/member-api.js';
import { recordChange } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem, notFound } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';
import { randomBase62 } from '../random-base62.js';
import { memberTokenHmac } from '../token-hmac.js';

export async function addMember(
  context: ControlContext,
  actor: Actor,
  { name, role }: MemberPost,
): Promise<MemberIssued> {
  const token = `o10_${randomBase62(43)}`;
  const member = await recordChange(context.publishing, async ({ members }) => {
    if (await members.find(name))
      throw new ControlProblem('name_taken', `The name ${name} is taken, or was taken once.`);
    const tokenHmac = memberTokenHmac(context.keyPepper, token);
    const result = await members.add({ name, role, tokenHmac }, actor.name);
    return { result, entries: [lineOf(context, actor, 'approval', { subject: 'member', name, action: 'put', role })] };
  });
  return { token, member };
}

/** Idempotent. Throws `not_found` for a name nobody ever had. */
export async function revokeMember(context: ControlContext, actor: Actor, name: string): Promise<void> {
  await recordChange(context.publishing, async ({ members }) => {
    if (!(await members.find(name))) throw notFound(`member ${name}`);
    const revoked = await members.revoke(name, new Date(context.nowMs()).toISOString());
    const line = () => lineOf(context, actor, 'approval', { subject: 'member', name, action: 'delete' });
    return { result: null, entries: revoked ? [line()] : [] };
  });
}
