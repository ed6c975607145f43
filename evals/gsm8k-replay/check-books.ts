/**
 * The ledger beside the venues' own bill: the sums to the pico-USD, and attempt by attempt. The venue's line names the
 * attempt (`x-client-request-id`), so that nothing can be settled twice, forgotten, or booked on another call.
 */
import type { CallRecord } from '#contracts/call-record.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import { readEntry } from '#domain/ledger/canonical-entry.js';
import { tilesOf } from '#domain/ledger/tile.js';
import type { Stage } from '../../apps/cli/src/demo/open-stage.js';
import { finalBill, type SealedLedger, sealAndVerify } from '../../apps/cli/src/demo/seal-and-verify.js';
import type { VenueBill } from '../../apps/cli/src/demo/venue-bill.js';
import { readBundle } from '../../apps/cli/src/verify/read-export.js';
import type { Checks } from './checks.js';
import { gpt4oWithin3, gpt4oWithin5, llamaWithin5, models, routeOf } from './recorded-world.js';

export interface Books {
  ledgerPicoUsd: bigint;
  venuePicoUsd: bigint;
  calls: number;
  replays: number;
  lines: number;
}

export async function checkBooks(stage: Stage, calls: number, checks: Checks): Promise<Books> {
  stage.view.step('Closing the books: every attempt in the ledger, sealed, exported and verified offline');
  const sealed = await sealAndVerify(stage);
  const bill = await finalBill(stage);
  const attempts = attemptsOf(sealed);
  checks.equal('the exported ledger verifies from files alone', sealed.report.ok, true);
  checks.equal('pico-USD in the ledger, and on the venues’ bill', sealed.totalPicoUsd, bill.totalPicoUsd);
  checkEachAttempt(attempts, bill, checks);
  checkWhoWasPaid(attempts, bill, calls, checks);
  checks.equal('ledger lines of overrides', sealed.report.kinds.override ?? 0, 1);
  return {
    ledgerPicoUsd: sealed.totalPicoUsd,
    venuePicoUsd: bill.totalPicoUsd,
    calls: attempts.filter(({ kind }) => kind === 'call').length,
    replays: attempts.filter(({ kind }) => kind === 'shadow_replay').length,
    lines: sealed.report.size,
  };
}

/** Every call record of the exported ledger. */
function attemptsOf({ folder, report }: SealedLedger): CallRecord[] {
  const attempts: CallRecord[] = [];
  for (const span of tilesOf(BigInt(report.size))) {
    if (span.level > 0) break;
    const { lines } = readBundle([folder], span);
    for (const line of lines.slice(0, span.width)) {
      const record = callRecordOf(readEntry(line));
      if (record) attempts.push(record);
    }
  }
  return attempts;
}

function checkEachAttempt(attempts: CallRecord[], bill: VenueBill, checks: Checks): void {
  const settled = new Map(attempts.map((one) => [one.attemptId, one]));
  checks.equal('attempts settled more than once', attempts.length - settled.size, 0);
  checks.equal('settlements, and lines on the bill', attempts.length, bill.lines.length);
  const billed = new Map(bill.lines.map((line) => [line.clientRequestId ?? '', line]));
  const unsettled = bill.lines.filter((line) => !settled.has(line.clientRequestId ?? '')).length;
  const unbilled = attempts.filter((one) => !billed.has(one.attemptId)).length;
  const otherwise = attempts.filter((one) => billed.get(one.attemptId)?.costPicoUsd !== one.costPicoUsd).length;
  checks.equal(
    'billed without a settlement, settled without a bill, at another amount',
    [unsettled, unbilled, otherwise],
    [0, 0, 0],
  );
  checks.equal(
    'costs that are not from reported usage',
    attempts.filter((one) => one.costBasis !== 'reported').length,
    0,
  );
}

/** By the venues' own lines: who was paid for the calls of each enforced use case. */
function checkWhoWasPaid(attempts: CallRecord[], bill: VenueBill, calls: number, checks: Checks): void {
  const soldBy = new Map(bill.lines.map((line) => [line.clientRequestId, `${line.venue}/${line.model}`]));
  const paid: Record<string, Record<string, number>> = {};
  for (const { useCase, mode, attemptId } of attempts) {
    if (mode !== 'enforce') continue;
    const sold = soldBy.get(attemptId) ?? 'nobody';
    const counts = (paid[useCase] ??= {});
    counts[sold] = (counts[sold] ?? 0) + 1;
  }
  checks.equal('bill: who was paid for enforced calls', paid, {
    [gpt4oWithin3.slug]: { [routeOf(models.gpt4o)]: calls },
    [gpt4oWithin5.slug]: { [routeOf(models.gpt4oMini)]: calls },
    [llamaWithin5.slug]: { [routeOf(models.together)]: calls },
  });
}
