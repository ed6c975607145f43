/** All admin stores over one client or one transaction. */
import { ApiKeyStore } from './api-key.store.js';
import { CatalogStore } from './catalog.store.js';
import { CommitmentStore } from './commitment.store.js';
import { EnforcementReader } from './enforcement-reader.store.js';
import { EnvelopeStore } from './envelope.store.js';
import { FreshnessStore } from './freshness.store.js';
import { JudgeAdmissionStore } from './judge-admission.store.js';
import { MemberStore } from './member.store.js';
import { PriceBookStore } from './price-book.store.js';
import { PriceIntakeStore } from './price-intake.store.js';
import type { AdminDatabase } from './prisma.js';
import { RouteStore } from './route.store.js';
import { ShadowPlanStore } from './shadow-plan.store.js';
import { SnapshotStore } from './snapshot.store.js';
import { StatementStore } from './statement.store.js';
import { SuiteStore } from './suite.store.js';
import { laneStore, planStore, subscriptionStore } from './tariff.store.js';
import { UseCaseStore } from './use-case.store.js';
import { VenueStore } from './venue.store.js';
import { VerdictStore } from './verdict.store.js';

export interface AdminStores {
  venues: VenueStore;
  routes: RouteStore;
  prices: PriceBookStore;
  priceIntake: PriceIntakeStore;
  catalog: CatalogStore;
  useCases: UseCaseStore;
  suites: SuiteStore;
  envelopes: EnvelopeStore;
  lanes: ReturnType<typeof laneStore>;
  plans: ReturnType<typeof planStore>;
  subscriptions: ReturnType<typeof subscriptionStore>;
  commitments: CommitmentStore;
  keys: ApiKeyStore;
  members: MemberStore;
  verdicts: VerdictStore;
  judges: JudgeAdmissionStore;
  enforcements: EnforcementReader;
  shadowPlans: ShadowPlanStore;
  freshness: FreshnessStore;
  statements: StatementStore;
  snapshots: SnapshotStore;
}

export function adminStores(database: AdminDatabase): AdminStores {
  return {
    venues: new VenueStore(database),
    routes: new RouteStore(database),
    prices: new PriceBookStore(database),
    priceIntake: new PriceIntakeStore(database),
    catalog: new CatalogStore(database),
    useCases: new UseCaseStore(database),
    suites: new SuiteStore(database),
    envelopes: new EnvelopeStore(database),
    lanes: laneStore(database),
    plans: planStore(database),
    subscriptions: subscriptionStore(database),
    commitments: new CommitmentStore(database),
    keys: new ApiKeyStore(database),
    members: new MemberStore(database),
    verdicts: new VerdictStore(database),
    judges: new JudgeAdmissionStore(database),
    enforcements: new EnforcementReader(database),
    shadowPlans: new ShadowPlanStore(database),
    freshness: new FreshnessStore(database),
    statements: new StatementStore(database),
    snapshots: new SnapshotStore(database),
  };
}
