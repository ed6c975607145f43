/** The end of the demo: the ledger is sealed, exported, verified from files alone, and laid beside the venues' own bill. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { type LedgerReport, verifyLedger } from '../verify/verify-ledger.js';
import type { DemoResult, UseCaseResult, VerdictRow } from './demo-result.js';
import { type Enforced, type Spent, waitFor } from './enforce-and-spend.js';
import type { DemoStage } from './run-demo.js';
import { billOf, type VenueBill } from './venue-bill.js';

const organisation = 'default';

export async function closeBooks(stage: DemoStage, spent: Spent, seed: string): Promise<DemoResult> {
  stage.view.step('Closing the books: every attempt in the ledger, sealed, exported and verified offline');
  const bill = await finalBill(stage);
  await ledgerSealed(stage);
  const report = await exportAndVerify(stage);
  for (const problem of report.problems.slice(0, 10)) stage.view.say(`line ${problem.index}: ${problem.what}`);
  const totals = Object.values(report.totals);
  const ledgerPicoUsd = totals.reduce(
    (sum, one) => sum + BigInt(one.costPicoUsd) + BigInt(one.evaluationCostPicoUsd),
    0n,
  );
  const useCases = await Promise.all(spent.useCases.map((one) => resultOf(stage, one)));
  return {
    seed,
    calls: totals.reduce((sum, one) => sum + one.calls, 0),
    settlements: totals.reduce((sum, one) => sum + one.attempts + one.evaluations, 0),
    ledgerPicoUsd: ledgerPicoUsd.toString(),
    venuePicoUsd: bill.totalPicoUsd.toString(),
    ledgerVerified: report.ok,
    useCases,
    envelope: {
      limitNanoUsd: spent.envelope.limitNanoUsd.toString(),
      spentNanoUsd: spent.envelope.spentNanoUsd.toString(),
      refused: spent.envelope.refused,
    },
  };
}

async function finalBill({ simulatorUrl }: DemoStage): Promise<VenueBill> {
  await waitFor(async () => (await billOf(simulatorUrl)).inFlight === 0, 'a venue still works on a request');
  return billOf(simulatorUrl);
}

/** Nothing pending, the last line covered by a checkpoint, and no line more for a while. */
async function ledgerSealed({ room }: DemoStage): Promise<void> {
  let sizes: number[] = [];
  await waitFor(async () => {
    const { size, pending, checkpoint } = await room.ledger();
    sizes = [...sizes.slice(-14), pending === 0 && checkpoint?.size === size ? size : -1];
    return sizes.length === 15 && sizes.every((one) => one === size && one > 0);
  }, 'the ledger was not sealed');
}

async function exportAndVerify({ dir, stack }: DemoStage): Promise<LedgerReport> {
  const target = join(dir, 'ledger');
  await rm(target, { recursive: true, force: true });
  const keys = (await readFile(join(dir, `ledger-signing-key.pem.${organisation}.pub`), 'utf8')).trim().split('\n');
  const pool = connectPool(stack.databaseUrl);
  try {
    await exportLedger(pool, ledgerTree, organisation, target, keys);
  } finally {
    await pool.end();
  }
  return verifyLedger(target, { keys });
}

async function resultOf({ room, engineer, view }: DemoStage, one: Enforced): Promise<UseCaseResult> {
  const verdicts = one.evidence.map((evidence): VerdictRow => {
    const weakest = Math.min(...evidence.criteria.map(({ lnEvidenceFor }) => lnEvidenceFor));
    return {
      candidate: evidence.candidate,
      verdict: evidence.word,
      samples: evidence.samples,
      lnEvidence: Math.round(weakest * 100) / 100,
      lnThreshold: Math.round(evidence.lnThreshold * 100) / 100,
      overrides: [],
    };
  });
  for (const verdict of await room.verdicts(one.useCase.slug)) {
    const row = verdicts.find(({ candidate }) => candidate === verdict.candidate);
    if (row) row.overrides = verdict.overrides;
  }
  const slug = one.useCase.slug;
  const mode = one.enforced ? 'enforce' : 'shadow';
  if (!one.enforced) {
    return {
      slug,
      mode,
      verdicts,
      ...money(one.statement.actualPicoUsd, one.statement.actualPicoUsd),
      verifiedSavingsUsd: decimalUsd(one.statement.verifiedPicoUsd),
    };
  }
  const realised = await room.draft(engineer, slug, one.enforcedSince);
  view.say(
    `${slug}: enforced calls cost ${decimalUsd(realised.actualPicoUsd)} USD instead of ${decimalUsd(realised.actualPicoUsd + realised.estimatedSavingPicoUsd)} USD`,
  );
  return {
    slug,
    mode,
    verdicts,
    ...money(realised.actualPicoUsd + realised.estimatedSavingPicoUsd, realised.actualPicoUsd),
    verifiedSavingsUsd: decimalUsd(one.statement.verifiedPicoUsd),
  };
}

const money = (baseline: bigint, actual: bigint) => ({
  baselineUsd: decimalUsd(baseline),
  actualUsd: decimalUsd(actual),
});
