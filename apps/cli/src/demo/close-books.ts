/** The end of the demo: the ledger is sealed, exported, verified from files alone, and laid beside the venues' own bill. */
import { decimalUsd } from '#domain/pricing/decimal-usd.js';
import type { Statement } from '#contracts/statement.js';
import type { DemoResult, StatementRow, UseCaseResult, VerdictRow } from './demo-result.js';
import type { Enforced, Spent } from './enforce-and-spend.js';
import type { Stage } from './open-stage.js';
import { finalBill, sealAndVerify } from './seal-and-verify.js';

export async function closeBooks(stage: Stage, spent: Spent, seed: string): Promise<DemoResult> {
  stage.view.step('Closing the books: every attempt in the ledger, sealed, exported and verified offline');
  // The ledger first: enforced calls are still being measured when the last of them is answered.
  const { report, totalPicoUsd } = await sealAndVerify(stage);
  const bill = await finalBill(stage);
  const totals = Object.values(report.totals);
  const useCases = await Promise.all(spent.useCases.map((one) => resultOf(stage, one)));
  return {
    seed,
    calls: totals.reduce((sum, one) => sum + one.calls, 0),
    settlements: totals.reduce((sum, one) => sum + one.attempts + one.evaluations, 0),
    ledgerPicoUsd: totalPicoUsd.toString(),
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

async function resultOf({ room, engineer, view }: Stage, one: Enforced): Promise<UseCaseResult> {
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
      statement: statementRow(one.statement),
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
    statement: statementRow(one.statement),
  };
}

const money = (baseline: bigint, actual: bigint) => ({
  baselineUsd: decimalUsd(baseline),
  actualUsd: decimalUsd(actual),
});

const statementRow = (statement: Statement): StatementRow => ({
  id: statement.id,
  ledgerRange: [statement.fromIndex, statement.toIndex],
  proposed: statement.proposed,
  calls: statement.calls,
  excluded: statement.excluded,
  actualUsd: decimalUsd(statement.actualPicoUsd),
  estimatedSavingUsd: decimalUsd(statement.estimatedSavingPicoUsd),
  measuredSavingUsd: decimalUsd(statement.measuredSavingPicoUsd),
  measuredCalls: statement.measuredCalls,
  savingIntervalUsd: [decimalUsd(statement.savingLowerPicoUsd), decimalUsd(statement.savingUpperPicoUsd)],
  confidence: statement.confidence,
  evaluationCostUsd: decimalUsd(statement.evaluationCostPicoUsd),
  netUsd: decimalUsd(statement.netPicoUsd),
  signedBy: 'finance@demo',
  overrides: statement.overrides,
});
