/**
 * Checks a file of bills against our own readers and calculator: the usage as the venue reported it is read anew, the
 * prices are the bill's, and the total must be the same to the pico-dollar. The bill's own arithmetic is checked as well,
 * so a bill that contradicts itself is a mismatch and not a question of whom to believe.
 */
import type { UsageParts } from '#contracts/usage.js';
import { compared, fractionOf, picoUsdOf, wholeFraction } from '#domain/pricing/fraction.js';
import { ContradictoryPrices } from '#domain/pricing/rate-sheet.js';
import { CostCase, CostFile, type PricedCase } from './verify-costs-file.js';
import { computed, ownTotal, rejection } from './verify-costs-kinds.js';
import { coverage, UnreadableBill, unitLines } from './verify-costs-prices.js';

export interface CostMismatch {
  id: string;
  kind: string;
  what: string[];
}

export interface CostReport {
  ok: boolean;
  cases: number;
  exact: number;
  kinds: Record<string, number>;
  mismatches: CostMismatch[];
  /** Rejected cases, each with the reason found. */
  rejected: Record<string, string>;
}

/** Where the totals differ: which line counts something else. */
function differingLines(bill: PricedCase, parts: UsageParts): string[] {
  return [...coverage(unitLines(bill.expected.lines))].flatMap(([{ line, times }, counted]) => {
    const quantity = counted.reduce((sum, meter) => sum + (parts[meter] ?? 0), 0);
    const stated = fractionOf(line.quantity);
    const same = stated && compared(wholeFraction(BigInt(quantity)), { ...stated, over: stated.over * BigInt(times) });
    return same === 0 ? [] : [`${line.unit}: we count ${quantity}, the bill says ${line.quantity}`];
  });
}

function arithmeticProblems(bill: PricedCase): string[] {
  const { totalPicoUsd, totalUsd, exact } = bill.expected;
  const own = ownTotal(bill);
  const stated = BigInt(totalPicoUsd);
  const problems: string[] = [];
  const fits = exact ? own.over * 10n ** 12n === stated * own.under : picoUsdOf(own) === stated;
  if (!fits) problems.push(`its lines sum to ${picoUsdOf(own)} pico-USD, its total is ${stated}`);
  const usd = totalUsd === undefined ? null : fractionOf(totalUsd);
  if (usd && picoUsdOf(usd) !== stated) problems.push(`its total is ${totalUsd} USD and ${stated} pico-USD`);
  return problems;
}

function pricedProblems(bill: PricedCase): string[] {
  try {
    const { picoUsd, parts, problems } = computed(bill);
    const stated = BigInt(bill.expected.totalPicoUsd);
    const found = [...problems, ...arithmeticProblems(bill)];
    if (picoUsd === stated) return found;
    const lines = parts ? differingLines(bill, parts) : [];
    return [`costs ${picoUsd} pico-USD, not ${stated}`, ...lines, ...found];
  } catch (error) {
    if (error instanceof UnreadableBill || error instanceof ContradictoryPrices) return [error.message];
    throw error;
  }
}

/** Takes the file's text. Throws a `SyntaxError` or a `TypeError` that says what is wrong with a file that is none. */
export function verifyCosts(text: string): CostReport {
  const file = CostFile.safeParse(JSON.parse(text));
  if (!file.success) throw new TypeError(`This is no file of bills: ${file.error.issues[0]?.message}.`);
  const report: CostReport = { ok: true, cases: 0, exact: 0, kinds: {}, mismatches: [], rejected: {} };
  const parsed = file.data.cases.map((raw) => ({ raw, bill: CostCase.safeParse(raw) }));
  const priced = parsed.flatMap(({ bill }) =>
    bill.success && bill.data.kind !== 'reject' && pricedProblems(bill.data).length === 0 ? [bill.data] : [],
  );
  for (const [at, { raw, bill }] of parsed.entries()) {
    report.cases += 1;
    const { id, kind } = labelOf(raw, `case ${at + 1}`);
    const what = !bill.success
      ? bill.error.issues.map((issue) => `${issue.path.join('.') || 'case'}: ${issue.message}`)
      : bill.data.kind === 'reject'
        ? rejectProblems(bill.data, priced, report)
        : pricedProblems(bill.data);
    report.kinds[kind] = (report.kinds[kind] ?? 0) + 1;
    if (what.length === 0) report.exact += 1;
    else report.mismatches.push({ id, kind, what });
  }
  report.ok = report.mismatches.length === 0;
  return report;
}

/** What to call a case, also one that is none. */
function labelOf(raw: unknown, place: string): { id: string; kind: string } {
  const { id, kind } = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  return { id: typeof id === 'string' ? id : place, kind: typeof kind === 'string' ? kind : 'unknown' };
}

function rejectProblems(
  bill: Extract<CostCase, { kind: 'reject' }>,
  priced: readonly PricedCase[],
  report: CostReport,
): string[] {
  const reason = rejection(bill, priced);
  if (reason === null) return ['must be rejected, and would be settled'];
  report.rejected[bill.id] = reason;
  return [];
}

/** As people read it. */
export function spellCostReport(report: CostReport): string {
  const kinds = Object.entries(report.kinds).map(([kind, count]) => `${count} ${kind}`);
  const verdict = `${report.exact} of ${report.cases} exact to the pico-dollar (${kinds.join(', ')})`;
  const rejected = Object.entries(report.rejected).map(([id, reason]) => `  rejected ${id}: ${reason}`);
  const wrong = report.mismatches.flatMap(({ id, kind, what }) =>
    what.map((one) => `  MISMATCH ${id} (${kind}): ${one}`),
  );
  return [verdict, ...rejected, ...wrong, ''].join('\n');
}
