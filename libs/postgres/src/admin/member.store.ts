/** Who may use the control API, and as what. A name is never given twice, because it stands in the ledger. */
import type { Role } from '#contracts/api/member-api.js';
import type { AdminDatabase } from './prisma.js';

export interface Member {
  name: string;
  role: Role;
  createdAt: string;
  createdBy: string;
  revokedAt: string | null;
}

const withoutToken = { name: true, role: true, createdAt: true, createdBy: true, revokedAt: true } as const;

export class MemberStore {
  constructor(private readonly database: AdminDatabase) {}

  async list(): Promise<Member[]> {
    return (await this.database.member.findMany({ select: withoutToken, orderBy: { name: 'asc' } })).map(memberOf);
  }

  async find(name: string): Promise<Member | null> {
    const row = await this.database.member.findUnique({ where: { name }, select: withoutToken });
    return row && memberOf(row);
  }

  /** By the HMAC of the token presented. Revoked members are found too: the caller says why they may not. */
  async findByToken(tokenHmac: string): Promise<Member | null> {
    const row = await this.database.member.findUnique({ where: { tokenHmac }, select: withoutToken });
    return row && memberOf(row);
  }

  /** Requires that the name was never used. */
  async add(member: { name: string; role: Role; tokenHmac: string }, by: string): Promise<Member> {
    return memberOf(await this.database.member.create({ data: { ...member, createdBy: by }, select: withoutToken }));
  }

  /** False when there is no such member, or it was revoked before. */
  async revoke(name: string, at: string): Promise<boolean> {
    const revoked = await this.database.member.updateMany({
      where: { name, revokedAt: null },
      data: { revokedAt: at },
    });
    return revoked.count > 0;
  }
}

type Row = { name: string; role: string; createdAt: Date; createdBy: string; revokedAt: Date | null };

function memberOf(row: Row): Member {
  const { name, createdBy } = row;
  const revokedAt = row.revokedAt?.toISOString() ?? null;
  return { name, role: row.role as Role, createdAt: row.createdAt.toISOString(), createdBy, revokedAt }; // CHECKed by the table
}
