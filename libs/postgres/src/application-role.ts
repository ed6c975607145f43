/**
 * The account the apps connect as: a member of `o10_app`, which adds lines to the ledger and takes none back. Whoever
 * migrates owns what it finds; an app that connected as that account could switch off every guard.
 */
import { createHash, createHmac } from 'node:crypto';
import pg from 'pg';

/** One account per database: roles belong to the server, which may serve several installations. */
const loginOf = (databaseUrl: string): string =>
  `o10_app_${createHash('sha256').update(new URL(databaseUrl).pathname).digest('hex').slice(0, 12)}`;

/**
 * Makes the account, or finds it again, and returns the connection string of the apps. Its password follows from
 * `secret`, so that every start of the same installation gets the same. Null when the owner may not make roles: then
 * somebody else has to. Requires a migrated database.
 */
export async function applicationUrl(ownerUrl: string, secret: string): Promise<string | null> {
  const login = loginOf(ownerUrl);
  const password = createHmac('sha256', secret).update(`database account ${login}`).digest('base64url');
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ may: boolean }>(
      'SELECT rolsuper OR rolcreaterole AS may FROM pg_roles WHERE rolname = current_user',
    );
    if (!rows[0]?.may) return null;
    const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [login]);
    if (known.rowCount === 0) await client.query(`CREATE ROLE ${login} LOGIN IN ROLE o10_app`);
    // Whatever the apps make belongs to the group, so that the account can be replaced.
    await client.query(
      `ALTER ROLE ${login} WITH LOGIN PASSWORD '${password}'; ALTER ROLE ${login} SET role = 'o10_app'`,
    );
  } finally {
    await client.end();
  }
  const url = new URL(ownerUrl);
  url.username = login;
  url.password = password;
  return url.toString();
}

/** Requires that its database is gone, or holds nothing of it. */
export async function dropApplicationRole(serverUrl: string, databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`DROP ROLE IF EXISTS ${loginOf(databaseUrl)}`);
  } finally {
    await client.end();
  }
}
