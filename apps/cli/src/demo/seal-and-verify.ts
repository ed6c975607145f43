/** The end of a run: the venues' bill is final, the ledger is sealed, exported, and verified from files alone. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerTree } from '#domain/ledger/ledger-tree.js';
import { connectPool } from '#postgres/connect-pool.js';
import { exportLedger } from '#postgres/ledger/export-ledger.js';
import { type LedgerReport, verifyLedger } from '../verify/verify-ledger.js';
import type { Stage } from './open-stage.js';
import { billOf, type VenueBill } from './venue-bill.js';
import { waitFor } from './wait-for.js';

const organisation = 'default';

export interface SealedLedger {
  /** The exported folder. */
  folder: string;
  report: LedgerReport;
  /** What the lines sum to: calls and evaluation. */
  totalPicoUsd: bigint;
}

export async function finalBill({ simulatorUrl }: Stage): Promise<VenueBill> {
  await waitFor(async () => (await billOf(simulatorUrl)).inFlight === 0, 'a venue still works on a request');
  return billOf(simulatorUrl);
}

/** Call it when no call is under way any more. */
export async function sealAndVerify(stage: Stage): Promise<SealedLedger> {
  await ledgerSealed(stage);
  const folder = join(stage.dir, 'ledger');
  const report = await exportAndVerify(stage, folder);
  for (const problem of report.problems.slice(0, 10)) stage.view.say(`line ${problem.index}: ${problem.what}`);
  const totals = Object.values(report.totals);
  const costs = totals.flatMap((one) => [BigInt(one.costPicoUsd), BigInt(one.evaluationCostPicoUsd)]);
  return { folder, report, totalPicoUsd: costs.reduce((sum, cost) => sum + cost, 0n) };
}

/** Nothing pending, the last line covered by a checkpoint, and no line more for a while. */
export async function ledgerSealed({ room }: Stage): Promise<void> {
  let sizes: number[] = [];
  await waitFor(async () => {
    const { size, pending, checkpoint } = await room.ledger();
    sizes = [...sizes.slice(-14), pending === 0 && checkpoint?.size === size ? size : -1];
    return sizes.length === 15 && sizes.every((one) => one === size && one > 0);
  }, 'the ledger was not sealed');
}

async function exportAndVerify({ dir, stack }: Stage, folder: string): Promise<LedgerReport> {
  await rm(folder, { recursive: true, force: true });
  const keys = (await readFile(join(dir, `ledger-signing-key.pem.${organisation}.pub`), 'utf8')).trim().split('\n');
  const pool = connectPool(stack.databaseUrl, 8, organisation);
  try {
    await exportLedger(pool, ledgerTree, organisation, folder, keys);
  } finally {
    await pool.end();
  }
  return verifyLedger(folder, { keys });
}
