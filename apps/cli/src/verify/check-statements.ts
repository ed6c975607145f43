/**
 * Makes the figures of every statement again, from the lines it names and the price books they were priced by, and
 * nothing else. What it is held against is what was signed.
 */
import { z } from 'zod';
import type { CallRecord } from '#contracts/call-record.js';
import { PriceRow, tiers } from '#contracts/price.js';
import { Statement } from '#contracts/statement.js';
import { callRecordOf } from '#domain/ledger/call-entry.js';
import { readEntry } from '#domain/ledger/canonical-entry.js';
import { Corrections } from '#domain/ledger/correction.js';
import type { LineAudit, StatedLine } from '#domain/ledger/line-audit.js';
import { type PricedRoute, priceBookHashOf, type PriceIndex, priceIndexOf } from '#domain/pricing/price-book.js';
import { draftStatement, type StatementFigures } from '#domain/savings/draft-statement.js';
import type { Finding } from './check-tree.js';
import { readPriceRows } from './read-export.js';
import { readLines } from './read-lines.js';

/**
 * One finding per figure that comes out otherwise, at the line that holds the statement. Returns how many of `corrected`,
 * lines behind its range, correct its calls: they change nothing of it.
 */
export function checkStatement(
  dirs: readonly string[],
  size: bigint,
  { index, statement: wire }: StatedLine,
  corrected: LineAudit['corrected'],
  found: Finding,
): number {
  try {
    const stated = Statement.parse(wire);
    const lines = linesOf(dirs, size, stated);
    const again = figuresOf(dirs, lines, stated);
    for (const [figure, value] of Object.entries(again) as [keyof StatementFigures, unknown][]) {
      const [is, should] = [told(stated[figure]), told(value)];
      if (is !== should) found(index, `states ${figure} as ${is}; its lines give ${should}`);
    }
    const attempts = new Set(lines.records.map(({ attemptId }) => attemptId));
    return corrected.filter((by) => by.index >= stated.toIndex && attempts.has(by.attemptId)).length;
  } catch (error) {
    found(index, `its statement cannot be made again: ${error instanceof Error ? error.message : String(error)}`);
    return 0;
  }
}

function figuresOf(dirs: readonly string[], { records, corrections }: Lines, stated: Statement): StatementFigures {
  const hashes = new Set(records.flatMap(({ priceBook }) => (priceBook === null ? [] : [priceBook])));
  const priceBooks = new Map<string, PriceIndex>();
  for (const hash of hashes) priceBooks.set(hash, readBook(dirs, hash));
  const { figures } = draftStatement({
    records,
    organisation: stated.organisation,
    useCase: stated.useCase,
    mode: stated.mode === 'enforce' ? 'enforce' : 'shadow',
    baseline: pricedRouteOf(stated.baseline),
    proposed: stated.proposed === null ? null : pricedRouteOf(stated.proposed),
    priceBooks,
    confidence: stated.confidence,
    corrections: stated.schema === undefined ? null : corrections,
  });
  return figures;
}

interface Lines {
  records: CallRecord[];
  corrections: Corrections;
}

/** Of the use case; calls admitted within the period. A line that cannot be read has been reported by the audit already. */
function linesOf(dirs: readonly string[], size: bigint, stated: Statement): Lines {
  const [startMs, endMs] = [Date.parse(stated.periodStart), Date.parse(stated.periodEnd)];
  const lines: Lines = { records: [], corrections: new Corrections() };
  const spelled = Buffer.from(`"useCase":${JSON.stringify(stated.useCase)}`);
  for (const { line } of readLines(dirs, size, stated.fromIndex, stated.toIndex)) {
    if (!line.includes(spelled)) continue;
    try {
      const entry = readEntry(line);
      lines.corrections.add(entry);
      const record = callRecordOf(entry);
      if (record?.useCase !== stated.useCase) continue;
      const atMs = Date.parse(record.admittedAt);
      if (atMs >= startMs && atMs < endMs) lines.records.push(record);
    } catch {
      continue;
    }
  }
  return lines;
}

/** Throws unless the rows of the file have the hash it is named by: the lines name it, so nobody can bring other prices. */
function readBook(dirs: readonly string[], hash: string): PriceIndex {
  const rows = readPriceRows(dirs, hash);
  if (rows === null) throw new Error(`the price book ${hash} is not in the export`);
  const wire = z.array(z.unknown()).parse(rows) as z.input<typeof PriceRow>[];
  if (priceBookHashOf(wire) !== hash) throw new Error(`prices/${hash}.json does not have that hash`);
  return priceIndexOf({ hash, rows: z.array(PriceRow).parse(wire) });
}

/** `venue/model`, with `:tier` behind it where that is a tier. */
function pricedRouteOf(route: string): PricedRoute {
  const slash = route.indexOf('/');
  const named = tiers.find((tier) => route.endsWith(`:${tier}`));
  const model = route.slice(slash + 1, named ? -named.length - 1 : undefined);
  return { venue: route.slice(0, slash), model, tier: named ?? 'standard' };
}

const told = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString();
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
