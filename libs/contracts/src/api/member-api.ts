/** Who may use the control API. Roles do not contain each other: even an admin signs nothing. */
import { z } from 'zod';
import { Instant } from '../names.js';
import { listOf } from './stored.js';

export const roles = ['viewer', 'engineer', 'approver', 'finance', 'admin'] as const;
export const Role = z.enum(roles).meta({ id: 'Role' });
export type Role = z.output<typeof Role>;

/** A name as it stands in the ledger: an account or an address. */
export const MemberName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._@+-]{0,98}[a-z0-9])?$/, 'lower-case letters, digits and ._@+-, at most 100')
  .refine((name) => name !== 'root', 'is the name of the token in O10_ADMIN_TOKEN');

/** Body of `POST /api/members`. */
export const MemberPost = z.object({ name: MemberName, role: Role }).meta({ id: 'MemberPost' });
export type MemberPost = z.output<typeof MemberPost>;

export const MemberAnswer = z
  .object({
    name: z.string(),
    role: Role,
    createdAt: Instant,
    createdBy: z.string(),
    revokedAt: Instant.nullable(),
  })
  .meta({ id: 'MemberAnswer' });
export type MemberAnswer = z.output<typeof MemberAnswer>;
export const MemberList = listOf(MemberAnswer).meta({ id: 'MemberList' });

/** `token` is shown once. */
export const MemberIssued = z.object({ token: z.string(), member: MemberAnswer }).meta({ id: 'MemberIssued' });
export type MemberIssued = z.output<typeof MemberIssued>;

export const WhoAmI = z.object({ name: z.string(), role: Role }).meta({ id: 'WhoAmI' });
