import { expect, test } from 'vitest';
import { findDrift, type FindDriftParts } from './find-drift.js';

const declared = { id: 'e', limitNanoUsd: 1_000n, windows: [{ id: 'total', startsAtMs: 0, endsAtMs: 1e15, also: [] }] };

/** What is found where the desk has settled and holds back so much, and the ledger says so much was spent. */
async function driftAt(settledNanoUsd: bigint, waitingNanoUsd: bigint, nanoUsd: bigint): Promise<bigint[]> {
  const [envelope, window] = ['e', 'total'];
  const parts: FindDriftParts = {
    organisation: 'default',
    ledger: {
      size: () => Promise.resolve(0),
      requireFrom: () => Promise.resolve(),
      // oxlint-disable-next-line require-yield -- a ledger without lines
      entries: async function* () {},
    },
    spend: {
      state: () => Promise.resolve({ nextIndex: 0, deskEpoch: 1 }),
      add: () => Promise.resolve(true),
      spent: () => Promise.resolve([{ envelope, window, nanoUsd }]),
    },
    desk: { books: () => Promise.resolve([{ envelope, window, settledNanoUsd, heldNanoUsd: 0n, waitingNanoUsd }]) },
    withIntakeStill: (work) => work(() => Promise.resolve()),
  };
  return (await findDrift(parts, [declared as never])).map(({ driftNanoUsd }) => driftNanoUsd);
}

test.each<[string, bigint, bigint, bigint, bigint[]]>([
  ['nothing waits, and they agree', 100n, 0n, 100n, []],
  ['what waits is not in the ledger', 100n, 30n, 70n, []],
  ['what waits is in the ledger already: a worker wrote its own line', 100n, 30n, 100n, []],
  ['a part of it is', 100n, 30n, 80n, []],
  ['the ledger says more than was ever settled', 100n, 30n, 101n, [-1n]],
  ['the desk counts what no line says', 100n, 30n, 69n, [1n]],
  ['the desk forgot a window', 0n, 0n, 5n, [-5n]],
])('%s', async (_, settled, waiting, spent, drift) => expect(await driftAt(settled, waiting, spent)).toEqual(drift));
