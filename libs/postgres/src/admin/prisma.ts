/** The client of the admin tables. Ledger, desk and feeds do not pass through here: they speak SQL themselves. */
import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from '../generated/client.js';

/** What a store needs: the client itself, or one transaction of it. */
export type AdminDatabase = Prisma.TransactionClient;
export type AdminClient = PrismaClient;

export function connectAdmin(databaseUrl: string, connectionsMax = 5): AdminClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: connectionsMax }) });
}

/**
 * Runs `work` in a transaction that no other change of admin records overlaps: a snapshot is assembled from what is
 * there, and two halves of two changes are nothing anyone declared.
 */
export function inChange<T>(client: AdminClient, work: (database: AdminDatabase) => Promise<T>): Promise<T> {
  return client.$transaction(
    async (transaction) => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(1010)`;
      return work(transaction);
    },
    { timeout: 120_000, maxWait: 15_000 },
  );
}
