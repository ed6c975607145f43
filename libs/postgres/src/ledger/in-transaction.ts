/** One transaction on one connection. A connection that was lost half way is not given back to the pool. */
import type { Pool, PoolClient } from 'pg';

/** Runs `work` between BEGIN and COMMIT; rolls back and rethrows when it throws. */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = await pool.connect();
  let lost: Error | undefined;
  // Without a listener, a server that goes away while the connection is ours ends the process.
  const onError = (error: Error) => (lost = error);
  client.on('error', onError);
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => (lost ??= failure));
    throw error;
  } finally {
    client.off('error', onError);
    client.release(lost);
  }
}
