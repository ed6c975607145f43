/** Reads everything a snapshot is made of. Call it inside a change, else the parts may be of different moments. */
import type { SnapshotParts } from '#contracts/snapshot-parts.js';
import { admissionName } from '#domain/gate/judges/judge-key.js';
import { adminStores } from './admin-stores.js';
import { lanesName } from './tariff.store.js';
import type { AdminDatabase } from './prisma.js';

export class SnapshotPartsStore {
  constructor(private readonly database: AdminDatabase) {}

  async read(): Promise<SnapshotParts> {
    const stores = adminStores(this.database);
    const { venues, routes, lanes, plans, subscriptions, prices, useCases, suites, envelopes, commitments } = stores;
    const { verdicts, enforcements, judges, shadowPlans, freshness } = stores;
    // One after the other: a transaction is one connection.
    const laneTable = await lanes.find(lanesName);
    return {
      venues: (await venues.list()).map((row) => row.definition),
      routes: (await routes.list()).map((row) => row.definition),
      models: Object.fromEntries((await routes.listAliases()).map(({ model, route }) => [model, route])),
      ...(laneTable && { lanes: laneTable.definition }),
      plans: (await plans.list()).map((row) => row.definition),
      subscriptions: (await subscriptions.list()).map((row) => row.definition),
      prices: await prices.current(),
      useCases: (await useCases.list()).map((row) => row.definition),
      suites: Object.fromEntries((await suites.list()).map(({ useCase, hash }) => [useCase, hash])),
      verdicts: await verdicts.latest(),
      enforcements: await enforcements.all(),
      admittedJudges: (await judges.list()).map(({ useCase, judgeKey }) => admissionName(useCase, judgeKey)),
      plannedShares: await shadowPlans.all(),
      observed: await freshness.all(),
      envelopes: (await envelopes.list()).map((row) => row.definition),
      commitments: (await commitments.list()).map((row) => row.definition),
    };
  }
}
