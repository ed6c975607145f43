/** Keeps the sums of what the ledger says was spent up to its last line. */
import { spendOfLines } from '#domain/envelope/spend-of-lines.js';
import { callKinds } from '#domain/ledger/call-entry.js';
import { correctionKinds } from '#domain/ledger/correction.js';
import type { LedgerSpendStore } from '#postgres/ledger/ledger-spend.store.js';
import type { LedgerLine, LedgerStore } from '#postgres/ledger/ledger.store.js';

export interface LedgerSpendParts {
  organisation: string;
  ledger: Pick<LedgerStore, 'entries' | 'size' | 'requireFrom'>;
  spend: Pick<LedgerSpendStore, 'state' | 'add'>;
}

const linesAtOnce = 5_000;

/** Returns up to which line the sums go now. A worker that lost the lead meanwhile adds nothing twice. */
export async function sumLedger({ organisation, ledger, spend }: LedgerSpendParts): Promise<number> {
  const size = await ledger.size(organisation);
  let { nextIndex } = await spend.state();
  await ledger.requireFrom(organisation, nextIndex);
  while (nextIndex < size) {
    const toIndex = Math.min(nextIndex + linesAtOnce, size);
    const lines: LedgerLine['entry'][] = [];
    const range = { fromIndex: nextIndex, toIndex, kinds: [...callKinds, ...correctionKinds] };
    for await (const { entry } of ledger.entries(organisation, range)) lines.push(entry);
    if (!(await spend.add(nextIndex, toIndex, spendOfLines(lines)))) return (await spend.state()).nextIndex;
    nextIndex = toIndex;
  }
  return nextIndex;
}
