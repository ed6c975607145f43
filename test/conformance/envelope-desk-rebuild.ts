/** What a rebuild must replace and what it must keep. */
import { describe, expect, test } from 'vitest';
import type { EnvelopeBalance, OpenHold } from '#contracts/envelope-desk.js';
import { ending, envelope, figures, hourMs, inWords, newOrganisation, request, stateOf } from './desk-fixtures.js';
import type { MakeDesk } from './envelope-desk.js';

const balance = (id: string, settled: bigint, held: bigint, window = 'w'): EnvelopeBalance => {
  return { envelope: id, window, settledNanoUsd: settled, heldNanoUsd: held };
};
const openHold = (holdId: string, amountNanoUsd: bigint, id: string, expiresAtMs: number): OpenHold => {
  return { holdId, callId: `call ${holdId}`, amountNanoUsd, envelopes: [{ envelope: id, window: 'w' }], expiresAtMs };
};

export function describeDeskRebuild(makeDesk: MakeDesk): void {
  describe('rebuilding', () => {
    test('replaces envelopes, balances, holds and lines, and keeps records and endings', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 100n), envelope('old', 100n)] }));
      await desk.hold([
        request('a', 10, 'org old', { line: 'x' }),
        request('lost', 20, 'org', { line: 'x' }),
        request('kept', 5, 'org'),
      ]);
      await desk.settle([ending('a', 10)]);
      await desk.rebuild(
        stateOf({
          envelopes: [envelope('org', 60n), envelope('new', 5n)],
          balances: [balance('org', 30n, 7n), balance('org', 4n, 0n, 'before')],
          holds: [openHold('kept', 5n, 'org', Date.now() + hourMs), openHold('stray', 2n, 'org', Date.now() - hourMs)],
          lines: [{ line: 'x', nextPosition: 7 }],
        }),
      );
      expect(await figures(desk, 'org', 'old', 'new')).toEqual(['org/before 4+0', 'org/w 30+7']);
      expect((await desk.drain(9)).map(({ record }) => record)).toEqual(['record a']);
      expect((await desk.expired(9)).map(({ holdId }) => holdId)).toEqual(['stray']);
      const answers = await desk.hold([
        request('b', 1, 'old'),
        request('c', 24, 'org'),
        request('d', 23, 'org', { line: 'x' }),
        request('e', 1, 'new', { line: 'y' }),
      ]);
      expect(inWords(answers)).toEqual(['unknown old', 'in_flight', 'held', 'held']);
      expect(answers.map((answer) => answer.outcome === 'held' && answer.position)).toEqual([false, false, 7, 1]);
      expect(await desk.hold([request('kept', 99, 'new')])).toMatchObject([
        { outcome: 'held', envelopes: [{ envelope: 'org', window: 'w' }] },
      ]);
      const endings = await desk.settle([ending('a', 10, 'org/w'), ending('kept', 1), ending('lost', 2, 'org/w')]);
      expect(endings.map(({ outcome }) => outcome)).toEqual(['already', 'settled', 'settled']);
      expect(await figures(desk, 'org')).toEqual(['org/before 4+0', 'org/w 33+25']);
      await desk.close();
    });

    test('an ended hold that the state names as open can end again', async () => {
      const desk = makeDesk(newOrganisation());
      await desk.rebuild(stateOf({ envelopes: [envelope('org', 100n)] }));
      await desk.hold([request('a', 10, 'org')]);
      await desk.settle([ending('a', 10)]);
      await desk.rebuild(
        stateOf({
          envelopes: [envelope('org', 100n)],
          balances: [balance('org', 0n, 10n)],
          holds: [openHold('a', 10n, 'org', 0)],
        }),
      );
      expect((await desk.expired(9)).map(({ holdId }) => holdId)).toEqual(['a']);
      expect(await desk.settle([ending('a', 9)])).toMatchObject([{ outcome: 'settled' }]);
      expect(await figures(desk, 'org')).toEqual(['org/w 9+0']);
      expect(await desk.expired(9)).toEqual([]);
      await desk.close();
    });

    test('a state larger than one piece arrives whole, and an empty one empties', async () => {
      const desk = makeDesk(newOrganisation());
      const ids = Array.from({ length: 1_203 }, (_, n) => `e${n}`);
      await desk.rebuild(
        stateOf({
          envelopes: ids.map((id) => envelope(id, 10n)),
          balances: ids.map((id) => balance(id, 3n, 4n)),
          holds: ids.map((id) => openHold(`hold ${id}`, 4n, id, 0)),
          lines: ids.map((line) => ({ line, nextPosition: 5 })),
        }),
      );
      expect(await desk.balances(ids)).toEqual(ids.map((id) => balance(id, 3n, 4n)));
      expect(await desk.expired(2_000)).toHaveLength(ids.length);
      const answers = await desk.hold(
        ids.flatMap((id) => [request(`a ${id}`, 4, id), request(`b ${id}`, 3, id, { line: id })]),
      );
      expect(inWords(answers)).toEqual(ids.flatMap(() => ['in_flight', 'held']));
      expect(new Set(answers.map((answer) => answer.outcome === 'held' && answer.position))).toEqual(
        new Set([false, 5]),
      );
      await desk.rebuild(stateOf());
      expect(await desk.balances(ids)).toEqual([]);
      expect(await desk.expired(2_000)).toEqual([]);
      expect(inWords(await desk.hold([request('c', 1, 'e0')]))).toEqual(['unknown e0']);
      await desk.close();
    });
  });
}
