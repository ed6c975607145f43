/** What the control API's verbs work with. Made once by control.module; a verb takes the part of it that it needs. */
import type { EnvelopeDesk } from '#contracts/envelope-desk.js';
import type { StatementPost } from '#contracts/api/statement-api.js';
import type { Statement } from '#contracts/statement.js';
import type { Role } from '#contracts/api/member-api.js';
import type { AdminStores } from '#postgres/admin/admin-stores.js';
import type { Publishing } from '#postgres/admin/publish-snapshot.js';
import type { AlertStore } from '#postgres/alert/alert.store.js';
import type { SpendPointStore } from '#postgres/alert/spend-point.store.js';
import type { WebhookStore } from '#postgres/alert/webhook.store.js';
import type { EnforcementStore } from '#postgres/evidence/enforcement.store.js';
import type { EvidenceLineStore } from '#postgres/evidence/evidence-line.store.js';
import type { JudgeLabelStore } from '#postgres/evidence/judge-label.store.js';
import type { SuitePassStore } from '#postgres/evidence/suite-pass.store.js';
import type { CapacityStore } from '#postgres/ledger/capacity.store.js';
import type { LedgerStore } from '#postgres/ledger/ledger.store.js';
import type { LedgerSpendStore } from '#postgres/ledger/ledger-spend.store.js';
import type { RollUpStore } from '#postgres/ledger/roll-up.store.js';
import type { TrueUpStore } from '#postgres/ledger/true-up.store.js';
import type { Log } from '#runtime/log.js';

/** Who acts: a member, or `root`, the holder of O10_ADMIN_TOKEN. */
export interface Actor {
  name: string;
  role: Role;
}

export type LedgerReader = Pick<
  LedgerStore,
  'size' | 'archived' | 'pendingCount' | 'entries' | 'findByCall' | 'findByIds' | 'latestCheckpoint' | 'inclusionProof'
>;

export interface ControlContext {
  organisation: string;
  publishing: Publishing;
  /** Outside of any change: for reading. */
  stores: AdminStores;
  desk: EnvelopeDesk;
  ledger: LedgerReader;
  rollUps: Pick<RollUpStore, 'read'>;
  spend: Pick<LedgerSpendStore, 'spent'>;
  evidence: Pick<EvidenceLineStore, 'list'>;
  suitePasses: Pick<SuitePassStore, 'want' | 'passes' | 'samples' | 'forgetSamples'>;
  labels: Pick<JudgeLabelStore, 'next' | 'label' | 'pairs'>;
  capacity: Pick<CapacityStore, 'since' | 'of' | 'closedTotals'>;
  enforcement: Pick<EnforcementStore, 'list'>;
  alerts: Pick<AlertStore, 'newest'>;
  points: Pick<SpendPointStore, 'spentLately'>;
  webhooks: WebhookStore;
  trueUps: Pick<TrueUpStore, 'known' | 'add' | 'reversible'>;
  /** 32 bytes; seals credentials. */
  masterKey: Buffer;
  keyPepper: string;
  adminToken: string;
  nowMs: () => number;
  newId: () => string;
  log: Log;
}

/** Injection token. */
export const controlContext = 'ControlContext';

/** Makes the figures of a statement: `draftFromLedger`, wired in the module so that a spec can bring figures of its own. */
export type DraftStatement = (context: ControlContext, actor: Actor, asked: StatementPost) => Promise<Statement>;
export const draftStatementToken = 'DraftStatement';
