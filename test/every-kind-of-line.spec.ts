/** A kind of line that nobody writes, or that is written and never looked at, is a promise nobody keeps. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type EntryKind, entryKinds } from '#contracts/entry.js';

/** Who writes it, and where that is seen in a ledger. A kind that is added does not compile before it has both. */
const kinds: Record<EntryKind, [writer: string, shownBy: string]> = {
  call: ['apps/proxy/src/on-the-record.ts', 'test/e2e/a-call-is-served-held-settled-and-recorded.e2e.ts'],
  attempt: ['apps/proxy/src/on-the-record.ts', 'test/e2e/a-venue-may-misbehave.e2e.ts'],
  shadow_replay: ['apps/worker/src/shadow/replay-record.ts', 'apps/worker/src/enforce/enforce.int.spec.ts'],
  judge: ['apps/worker/src/grade/judge-record.ts', 'apps/worker/src/grade/judged-calls.int.spec.ts'],
  hold_expiry: ['libs/domain/src/envelope/expiry-record.ts', 'apps/worker/src/envelopes/desk-and-holds.int.spec.ts'],
  adjustment: ['apps/worker/src/ledger/read-record.ts', 'apps/worker/src/envelopes/true-up.int.spec.ts'],
  reversal: ['apps/worker/src/ledger/read-record.ts', 'apps/worker/src/envelopes/true-up.int.spec.ts'],
  standing_charge: ['apps/worker/src/capacity/keep-capacity.ts', 'apps/worker/src/capacity/keep-capacity.int.spec.ts'],
  price_version: ['apps/control/src/prices/publish-prices.ts', 'apps/control/src/prices/price-intake.int.spec.ts'],
  verdict: ['apps/worker/src/gate/announce-verdicts.ts', 'apps/worker/src/gate/lines.int.spec.ts'],
  gate_declared: ['libs/postgres/src/admin/declared-gates.ts', 'libs/postgres/src/admin/declared-gates.spec.ts'],
  ramp_step: ['apps/worker/src/enforce/change-proof.ts', 'apps/worker/src/enforce/enforce.int.spec.ts'],
  drift_warning: ['apps/worker/src/enforce/change-proof.ts', 'test/e2e/a-route-that-got-worse-is-demoted.e2e.ts'],
  demotion: ['apps/worker/src/enforce/change-proof.ts', 'apps/worker/src/enforce/enforce.int.spec.ts'],
  certificate_expiry: ['apps/worker/src/enforce/expire-proofs.ts', 'apps/worker/src/enforce/enforce.int.spec.ts'],
  mode_switch: ['apps/control/src/use-cases/switch-mode.ts', 'apps/control/src/use-cases/enforce.int.spec.ts'],
  override: ['apps/control/src/use-cases/switch-mode.ts', 'apps/control/src/use-cases/enforce.int.spec.ts'],
  approval: ['apps/control/src/change-definition.ts', 'apps/control/src/prices/price-intake.int.spec.ts'],
  envelope_change: ['apps/control/src/declared-envelope.ts', 'apps/control/src/publishing.int.spec.ts'],
  key_event: ['apps/control/src/keys/issue-keys.ts', 'apps/control/src/secrets.int.spec.ts'],
  erasure: ['apps/cli/src/ledger/erase-subject.ts', 'apps/cli/src/ledger/erase-subject.int.spec.ts'],
  archive: ['libs/postgres/src/archive/archive-month.ts', 'apps/cli/src/ledger/archive-month.int.spec.ts'],
  statement: ['apps/control/src/statements/move-statement.ts', 'apps/control/src/use-cases/enforce.int.spec.ts'],
  signature: ['apps/control/src/statements/move-statement.ts', 'apps/control/src/use-cases/enforce.int.spec.ts'],
  checkpoint_import: ['apps/cli/src/ledger/import-checkpoints.ts', 'apps/cli/src/ledger/backup.int.spec.ts'],
};

test.each(entryKinds)('%s is written, and seen', (kind) => {
  const [writer, shownBy] = kinds[kind];
  const says = (file: string, what: RegExp) =>
    what.test(readFileSync(resolve(import.meta.dirname, '..', file), 'utf8'));
  expect(says(writer, new RegExp(`'${kind}'`)), writer).toBe(true);
  expect(says(shownBy, new RegExp(`['"]${kind}['"]|kind=${kind}|\\b${kind}: \\d`)), shownBy).toBe(true);
});
