/** What keeps a desk true to the ledger and the journals: freezes, attempts presented again, adjustments, books. */
import { describe, expect, test } from 'vitest';
import { type Adjustment, DeskFault, type PresentedHold } from '#contracts/envelope-desk.js';
import { ending, envelope, figures, hourMs, inWords, newOrganisation, request, stateOf } from './desk-fixtures.js';
import type { MakeDesk } from './envelope-desk.js';

const presented = (holdId: string, amountNanoUsd: bigint, position?: number): PresentedHold => ({
  holdId,
  callId: `call ${holdId}`,
  amountNanoUsd,
  envelopes: [{ envelope: 'org', window: 'w' }],
  expiresInMs: hourMs,
  ...(position === undefined ? {} : { line: { line: 'x', position } }),
});
const adjustment = (adjustmentId: string, differenceNanoUsd: bigint): Adjustment => {
  return { adjustmentId, differenceNanoUsd, envelopes: [{ envelope: 'org', window: 'w' }], record: adjustmentId };
};

export function describeDeskBooks(makeDesk: MakeDesk): void {
  describe('books', () => {
    test('an attempt is open, then waiting, then recorded; what was never heard of is unknown', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 100n)] }));
      await desk.hold([request('a', 10, 'org'), request('b', 10, 'org')]);
      expect(await desk.attempts(['a', 'b', 'c'])).toEqual(['open', 'open', 'unknown']);
      await desk.settle([ending('b', 4), ending('refused', 0)]);
      expect(await desk.attempts(['a', 'b', 'refused'])).toEqual(['open', 'waiting', 'waiting']);
      const [first, second] = await desk.drain(9);
      await desk.acknowledge([first?.cursor ?? '']);
      expect(await desk.attempts(['b', 'refused'])).toEqual(['recorded', 'waiting']);
      await desk.acknowledge([second?.cursor ?? '']);
      expect(await desk.attempts(['b', 'refused'])).toEqual(['recorded', 'recorded']);
      expect(await desk.attempts([])).toEqual([]);
      await desk.close();
    });

    test('settled minus waiting is what the ledger has', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 100n), envelope('team', 100n)] }));
      await desk.hold([request('a', 10, 'org team'), request('b', 10, 'org')]);
      await desk.settle([ending('a', 4), ending('b', 3)]);
      await desk.adjust([adjustment('later', -2n)]);
      const [record] = await desk.drain(9);
      await desk.acknowledge([record?.cursor ?? '']);
      const at = { window: 'w', heldNanoUsd: 0n };
      expect(await desk.books(['org', 'team', 'none'])).toEqual([
        { envelope: 'org', ...at, settledNanoUsd: 5n, waitingNanoUsd: 1n },
        { envelope: 'team', ...at, settledNanoUsd: 4n, waitingNanoUsd: 0n },
      ]);
      await desk.close();
    });

    test('an adjustment counts once, up or down, and its record waits for the ledger', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 100n)] }));
      await desk.hold([request('a', 50, 'org')]);
      await desk.settle([ending('a', 50)]);
      const outcomes = await desk.adjust([adjustment('down', -20n), adjustment('down', -20n), adjustment('up', 5n)]);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['settled', 'already', 'settled']);
      expect((await desk.adjust([adjustment('down', -20n)])).map(({ outcome }) => outcome)).toEqual(['already']);
      expect(await figures(desk, 'org')).toEqual(['org/w 35+0']);
      expect((await desk.drain(9)).map(({ record }) => record)).toEqual(['record a', 'down', 'up']);
      await desk.close();
    });

    test('what holders present again is counted once, on a desk that is not built too, and kept apart from endings', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.settle([ending('b', 3, 'org/w')]);
      await desk.rehold([presented('a', 7n, 4), presented('b', 9n)]);
      await desk.rehold([presented('a', 7n, 4)]);
      expect(await desk.attempts(['a', 'b'])).toEqual(['open', 'waiting']);
      const holds = await desk.openHolds();
      expect(holds.map(({ holdId, amountNanoUsd }) => [holdId, amountNanoUsd])).toEqual([['a', 7n]]);
      expect(await figures(desk, 'org')).toEqual(['org/w 3+7']);
      await desk.rebuild(
        stateOf({
          envelopes: [envelope('org', 10n)],
          balances: [{ envelope: 'org', window: 'w', settledNanoUsd: 3n, heldNanoUsd: 7n }],
          holds,
          lines: [{ line: 'x', nextPosition: 5 }],
        }),
      );
      expect(inWords(await desk.hold([request('c', 1, 'org')]))).toEqual(['in_flight']);
      await desk.settle([ending('a', 1)]);
      expect(await desk.hold([request('d', 1, 'org', { line: 'x' })])).toMatchObject([
        { outcome: 'held', position: 5 },
      ]);
      await desk.close();
    });

    test('a place presented again is not given to another, also by a desk that was rebuilt since', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rehold([presented('a', 1n, 4), presented('b', 1n, 2)]);
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 100n)], lines: [{ line: 'x', nextPosition: 3 }] }));
      expect(await desk.hold([request('c', 1, 'org', { line: 'x' })])).toMatchObject([{ position: 5 }]);
      await desk.close();
    });

    test('what is presented expires by the clock of the desk, whatever that of its holder says', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rehold([presented('a', 1n), { ...presented('b', 1n), expiresInMs: 0 }]);
      expect((await desk.expired(9)).map(({ holdId }) => holdId)).toEqual(['b']);
      const [later] = (await desk.openHolds()).filter(({ holdId }) => holdId === 'a');
      expect(Math.abs((later?.expiresAtMs ?? 0) - Date.now() - hourMs)).toBeLessThan(hourMs / 2);
      await desk.close();
    });

    test('a store keeps its name, built or not, and is not built by being asked for it', async () => {
      const desk = makeDesk(newOrganisation());
      const name = await desk.store();
      expect(await desk.epoch()).toBeNull();
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)] }));
      expect(await desk.store()).toBe(name);
      const other = makeDesk(newOrganisation());
      expect(await other.store()).not.toBe(name);
      await Promise.all([desk.close(), other.close()]);
    });

    test('a frozen desk moves nothing until it is rebuilt, and a freeze that is over rebuilds nothing', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)], epoch: 3 }));
      await desk.hold([request('a', 4, 'org')]);
      const proof = await desk.freeze(60_000);
      await expect(desk.hold([request('b', 1, 'org')])).rejects.toThrow(DeskFault);
      await expect(desk.settle([ending('a', 1)])).rejects.toThrow(DeskFault);
      await expect(desk.adjust([adjustment('x', 1n)])).rejects.toThrow(DeskFault);
      await expect(desk.rehold([presented('c', 1n)])).rejects.toThrow(DeskFault);
      expect(await figures(desk, 'org')).toEqual(['org/w 0+4']);
      const state = stateOf({ envelopes: [envelope('org', 5n)], epoch: 4 });
      expect(await desk.rebuild(state, 'another proof')).toBe(false);
      expect([await desk.epoch(), await figures(desk, 'org')]).toEqual([3, ['org/w 0+4']]);
      expect(await desk.rebuild(state, proof)).toBe(true);
      expect([await desk.epoch(), await figures(desk, 'org')]).toEqual([4, []]);
      expect(inWords(await desk.hold([request('b', 5, 'org')]))).toEqual(['held']);
      expect(await desk.rebuild(state, proof)).toBe(false);
      await desk.close();
    });

    test('a freeze nobody ends is over by itself, and leaves a desk that was not built as it was', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.freeze(1);
      expect(await desk.epoch()).toBeNull();
      await expect.poll(() => desk.settle([ending('a', 1)]).catch(() => null), { timeout: 2_000 }).not.toBeNull();
      expect(inWords(await desk.hold([request('b', 1, 'org')]))).toEqual(['unknown org']);
      await desk.close();
    });

    test('what a rebuild names as ended counts no second time', async () => {
      const desk = makeDesk(newOrganisation());
      const balances = [{ envelope: 'org', window: 'w', settledNanoUsd: 4n, heldNanoUsd: 0n }];
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 10n)], balances, ended: ['a', 'b'] }));
      expect(await desk.attempts(['a', 'b', 'c'])).toEqual(['recorded', 'recorded', 'unknown']);
      expect(await desk.settle([ending('a', 4, 'org/w')])).toMatchObject([{ outcome: 'already' }]);
      expect(await figures(desk, 'org')).toEqual(['org/w 4+0']);
      await desk.close();
    });
  });
}
