/**
 * What calls said, kept apart from the ledger: each payload sealed under the key of its subject, for as long as the use
 * case says and no longer. Destroying the key forgets the subject, wherever copies of the rows may lie.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { Retention } from '#contracts/venue.js';
import { open, seal } from '#runtime/seal.js';

export interface Payload {
  callId: string;
  useCase: string;
  /** Whose data it is: a person, a tenant of the application. Never stored as it is. */
  subject: string;
  /** When the call was made: what was said before its subject was forgotten is not kept. */
  saidAtMs: number;
  /** Redacted already, where that is the policy. */
  text: Buffer;
}

export interface PayloadPolicy {
  retention: Retention;
  days: number;
}

export interface Erased {
  /** Keyed digest of the subject, hex, as the ledger's line of the erasure names it. */
  subject: string;
  /** How many payloads cannot be read any more. */
  payloads: number;
}

const keyBytes = 32;
const dayMs = 86_400_000;

export class PayloadStore {
  /** `masterKey`: 32 bytes; seals the keys of subjects and keys their digests. */
  constructor(
    private readonly pool: Pool,
    private readonly organisation: string,
    private readonly masterKey: Buffer,
  ) {}

  /** False, and nothing is stored, where the policy keeps nothing or the subject was forgotten since. Once per call. */
  async put(payload: Payload, { retention, days }: PayloadPolicy, nowMs: number): Promise<boolean> {
    if (retention === 'zero' || retention === 'metadata_only' || days <= 0) return false;
    const { callId, useCase, text, saidAtMs } = payload;
    const subject = this.digestOf(payload.subject);
    const key = await this.keyOf(subject, true);
    if (!key) return false;
    const sealed = seal(key, text, this.aadOf(callId));
    const expiresAt = new Date(nowMs + days * dayMs);
    const { rowCount } = await this.pool.query(
      `INSERT INTO payload (organisation, call_id, use_case, subject, level, sealed, expires_at)
       SELECT $1, $2, $3, $4, $5, $6, $7
       WHERE NOT EXISTS (SELECT FROM payload_erasure WHERE organisation = $1 AND subject = $4 AND erased_at >= $8)
       ON CONFLICT DO NOTHING`,
      [this.organisation, callId, useCase, subject, retention, sealed, expiresAt, new Date(saidAtMs)],
    );
    return rowCount === 1;
  }

  /** Null where nothing was kept, its time is over, or its subject was erased. */
  async get(callId: string, nowMs: number): Promise<Buffer | null> {
    const { rows } = await this.pool.query<{ subject: Buffer; sealed: Buffer }>(
      'SELECT subject, sealed FROM payload WHERE organisation = $1 AND call_id = $2 AND expires_at > $3',
      [this.organisation, callId, new Date(nowMs)],
    );
    const [row] = rows;
    const key = row && (await this.keyOf(row.subject, false));
    return key ? open(key, row.sealed, this.aadOf(callId)) : null;
  }

  /** Removes what is past its time, copies that waited in vain too, and keys nothing is sealed under any more. Returns how many payloads went. */
  async sweep(nowMs: number): Promise<number> {
    const { rowCount } = await this.pool.query('DELETE FROM payload WHERE organisation = $1 AND expires_at <= $2', [
      this.organisation,
      new Date(nowMs),
    ]);
    await this.pool.query('DELETE FROM mirror_payload WHERE expires_at <= $1', [new Date(nowMs)]);
    await this.pool.query(
      `DELETE FROM payload_subject s WHERE organisation = $1 AND made_at < $2
       AND NOT EXISTS (SELECT FROM payload p WHERE (p.organisation, p.subject) = (s.organisation, s.subject))`,
      [this.organisation, new Date(nowMs - dayMs)],
    );
    return rowCount ?? 0;
  }

  /** Destroys the subject's key, and the rows with it; what it said until now is not kept later either. Asked again, there is nothing left: 0. */
  async erase(subject: string, nowMs: number): Promise<Erased> {
    const digest = this.digestOf(subject);
    const { rows } = await this.pool.query<{ payloads: string }>(
      `WITH counted AS (SELECT count(*) AS payloads FROM payload WHERE organisation = $1 AND subject = $2),
         noted AS (INSERT INTO payload_erasure AS e (organisation, subject, erased_at) VALUES ($1, $2, $3)
           ON CONFLICT (organisation, subject) DO UPDATE SET erased_at = greatest(e.erased_at, excluded.erased_at)),
         gone AS (DELETE FROM payload_subject WHERE organisation = $1 AND subject = $2)
       SELECT payloads FROM counted`,
      [this.organisation, digest, new Date(nowMs)],
    );
    return { subject: digest.toString('hex'), payloads: Number(rows[0]?.payloads ?? 0) };
  }

  private digestOf(subject: string): Buffer {
    return createHmac('sha256', this.masterKey).update(`subject|${this.organisation}|${subject}`).digest();
  }

  private aadOf = (callId: string): string => `payload|${this.organisation}|${callId}`;

  private async keyOf(subject: Buffer, make: boolean): Promise<Buffer | null> {
    const aad = `subject key|${this.organisation}|${subject.toString('hex')}`;
    if (make) {
      await this.pool.query(
        'INSERT INTO payload_subject (organisation, subject, sealed_key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [this.organisation, subject, seal(this.masterKey, randomBytes(keyBytes), aad)],
      );
    }
    const { rows } = await this.pool.query<{ sealed_key: Buffer }>(
      'SELECT sealed_key FROM payload_subject WHERE organisation = $1 AND subject = $2',
      [this.organisation, subject],
    );
    return rows[0] ? open(this.masterKey, rows[0].sealed_key, aad) : null;
  }
}
