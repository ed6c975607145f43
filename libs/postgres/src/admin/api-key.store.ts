/** Callers' keys, secrets as HMAC only. Rows stay after revocation, so that a lost feed learns of it again. */
import { ApiKey } from '#contracts/key.js';
import { fromJson, toJson } from './definition.js';
import type { AdminDatabase } from './prisma.js';

const keysPerInsert = 10_000;

export class ApiKeyStore {
  constructor(private readonly database: AdminDatabase) {}

  /** In order of id; from the first one after `after`. */
  async page(after: string | null, count: number): Promise<ApiKey[]> {
    const rows = await this.database.apiKey.findMany({
      ...(after === null ? {} : { where: { id: { gt: after } } }),
      orderBy: { id: 'asc' },
      take: count,
    });
    return rows.map((row) => fromJson(ApiKey, `admin_api_key ${row.id}`, row.definition));
  }

  async find(id: string): Promise<ApiKey | null> {
    const row = await this.database.apiKey.findUnique({ where: { id } });
    return row && fromJson(ApiKey, `admin_api_key ${id}`, row.definition);
  }

  /** In few large statements: 100,000 keys are one change. */
  async add(keys: ApiKey[], by: string): Promise<void> {
    for (let from = 0; from < keys.length; from += keysPerInsert) {
      const rows = JSON.stringify(keys.slice(from, from + keysPerInsert).map((key) => toJson(ApiKey, key)));
      await this.database.$executeRaw`
        INSERT INTO admin_api_key (id, definition, updated_at, updated_by)
        SELECT key ->> 'id', key, now(), ${by} FROM jsonb_array_elements(${rows}::jsonb) AS key`;
    }
  }

  /** The key as revoked; the first revocation's instant stays. Null when there is no such key. */
  async revoke(id: string, at: string, by: string): Promise<ApiKey | null> {
    const key = await this.find(id);
    if (!key || key.revokedAt !== null) return key;
    const revoked: ApiKey = { ...key, revokedAt: at };
    await this.database.apiKey.update({
      where: { id },
      data: { definition: toJson(ApiKey, revoked), revokedAt: at, updatedBy: by },
    });
    return revoked;
  }

  /** The key as it ends then; one that ended sooner, or was revoked, stays as it is. Null when there is no such key. */
  async expire(id: string, at: string, by: string): Promise<ApiKey | null> {
    const key = await this.find(id);
    if (!key || key.revokedAt !== null) return key;
    if (key.expiresAt !== null && Date.parse(key.expiresAt) <= Date.parse(at)) return key;
    const ending: ApiKey = { ...key, expiresAt: at };
    await this.database.apiKey.update({ where: { id }, data: { definition: toJson(ApiKey, ending), updatedBy: by } });
    return ending;
  }
}
