/**
 * A change of prices is a new book. Rows of the old one are never touched: entries name the book they were priced by.
 * Declaring a book whole is one person's word, so only the first one is declared by anyone but an admin.
 */
import type { PriceVersion } from '#contracts/api/price-api.js';
import { PriceBook, type PriceRow } from '#contracts/price.js';
import { priceBookHashOf } from '#domain/pricing/price-book.js';
import { publishSnapshot } from '#postgres/admin/publish-snapshot.js';
import type { Actor, ControlContext } from '../control-context.js';
import { ControlProblem } from '../control-problem.js';
import { lineOf } from '../ledger-line.js';

/** The version in force afterwards: the present one, when its rows are these. Throws when the rows contradict each other. */
export async function publishPrices(context: ControlContext, actor: Actor, rows: PriceRow[]): Promise<PriceVersion> {
  const hash = priceBookHashOf(PriceBook.shape.rows.encode(rows));
  const { result } = await publishSnapshot(context.publishing, actor.name, async ({ prices }) => {
    const [current] = await prices.versions(1);
    if (current?.hash === hash) return { result: current, entries: [] };
    if (current && actor.role !== 'admin')
      throw new ControlProblem(
        'author_cannot_approve',
        'The book in force is changed by an import that somebody else approves.',
      );
    const version = await prices.add({ hash, rows }, actor.name);
    const body = {
      priceBook: hash,
      previous: current?.hash ?? null,
      version: version.version,
      rows: rows.length,
      declared: true,
    };
    return { result: version, entries: [lineOf(context, actor, 'price_version', body)] };
  });
  return result;
}
