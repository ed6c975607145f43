/** Many callers at once: over all interleavings, not one nano-dollar too much and nothing twice. */
import { describe, expect, test } from 'vitest';
import type { EnvelopeDesk } from '#contracts/envelope-desk.js';
import { ending, envelope, figures, inWords, newOrganisation, request, stateOf } from './desk-fixtures.js';
import type { MakeDesk } from './envelope-desk.js';

/** Two desks of one organisation, as two proxies have them. */
async function pairOfDesks(makeDesk: MakeDesk): Promise<EnvelopeDesk[]> {
  const organisation = newOrganisation();
  const desks = [makeDesk(organisation), makeDesk(organisation)];
  const envelopes = [envelope('org', 100n), ...['a', 'b', 'c', 'd'].map((id) => envelope(id, 1_000n))];
  await desks[0]?.rebuild(stateOf({ envelopes }));
  return desks;
}

function spread<Item, Answer>(
  desks: EnvelopeDesk[],
  items: Item[],
  ask: (desk: EnvelopeDesk, item: Item) => Promise<Answer[]>,
): Promise<Answer[]> {
  const asked = items.map((item, n) => ask(desks[n % desks.length] as EnvelopeDesk, item));
  return Promise.all(asked).then((answers) => answers.flat());
}

export function describeDeskRaces(makeDesk: MakeDesk): void {
  describe('races', () => {
    test('400 callers, an envelope worth 100: exactly 100 are admitted', async () => {
      const desks = await pairOfDesks(makeDesk);
      const asked = Array.from({ length: 400 }, (_, n) => request(`n${n}`, 1, 'org a', { line: 'x' }));
      const answers = await spread(desks, asked, (desk, item) => desk.hold([item]));
      expect(inWords(answers).filter((word) => word === 'held')).toHaveLength(100);
      expect(await figures(desks[0] as EnvelopeDesk, 'org')).toEqual(['org/w 0+100']);
      const positions = answers.flatMap((answer) => (answer.outcome === 'held' && answer.position) || []);
      expect(positions.sort((one, other) => one - other)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
      await Promise.all(desks.map((desk) => desk.close()));
    });

    test('one id asked for 40 times at once is held once, and settled once', async () => {
      const desks = await pairOfDesks(makeDesk);
      // Under no common envelope, nothing but the id itself makes them wait for each other.
      const asked = Array.from({ length: 40 }, (_, n) => request('same', 7, ['a', 'b', 'c', 'd'][n % 4] ?? ''));
      const answers = await spread(desks, asked, (desk, item) => desk.hold([item]));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      // Apart: an unknown id makes its settlements wait for each other in another way than an open hold does.
      const known = await spread(desks, asked, (desk) => desk.settle([ending('same', 5)]));
      const unknown = await spread(desks, asked, (desk) => desk.settle([ending('unheld', 3, 'a/w')]));
      for (const endings of [known, unknown])
        expect(endings.filter(({ outcome }) => outcome === 'settled')).toHaveLength(1);
      const balances = await (desks[0] as EnvelopeDesk).balances(['a', 'b', 'c', 'd']);
      expect(balances.reduce((sum, { settledNanoUsd }) => sum + settledNanoUsd, 0n)).toBe(8n);
      expect(balances.every(({ heldNanoUsd }) => heldNanoUsd === 0n)).toBe(true);
      expect(await (desks[0] as EnvelopeDesk).drain(99)).toHaveLength(2);
      await Promise.all(desks.map((desk) => desk.close()));
    });

    test('the same 200 endings sent 12 times at once count once each', async () => {
      const desks = await pairOfDesks(makeDesk);
      const holdIds = Array.from({ length: 200 }, (_, n) => `n${n}`);
      await (desks[0] as EnvelopeDesk).hold(holdIds.map((id) => request(id, 2, 'a')));
      const copies = Array.from({ length: 12 }, () => holdIds.map((id) => ending(id, 1)));
      const endings = await spread(desks, copies, (desk, batch) => desk.settle(batch));
      expect(endings.filter(({ outcome }) => outcome === 'settled')).toHaveLength(200);
      expect(await figures(desks[0] as EnvelopeDesk, 'a')).toEqual(['a/w 200+0']);
      expect(await (desks[0] as EnvelopeDesk).drain(9_999)).toHaveLength(200);
      await Promise.all(desks.map((desk) => desk.close()));
    });

    test('batches over the same envelopes in any order end, with limits kept and every hold settled', async () => {
      const desks = await pairOfDesks(makeDesk);
      const covers = ['a b c d org', 'd c b a org', 'org c a', 'b org d', '-org d a', '-org b c'];
      const batches = Array.from({ length: 60 }, (_, n) =>
        Array.from({ length: 6 }, (_x, m) => request(`${n}-${m}`, 1 + (m % 3), covers[(n + m) % 6] ?? '')),
      );
      const answers = await spread(desks, batches, async (desk, batch) => {
        const held = await desk.hold(batch);
        const mine = held.filter((answer) => answer.outcome === 'held').slice(0, 3);
        await desk.settle(mine.map((answer) => ending(answer.holdId, 0)));
        return held;
      });
      const admitted = answers.filter((answer) => answer.outcome === 'held').map(({ holdId }) => holdId);
      await (desks[1] as EnvelopeDesk).settle(admitted.map((id) => ending(id, 1)));
      expect(
        (await (desks[0] as EnvelopeDesk).balances(['org', 'a', 'b', 'c', 'd'])).filter(
          ({ heldNanoUsd }) => heldNanoUsd !== 0n,
        ),
      ).toEqual([]);
      expect(await (desks[0] as EnvelopeDesk).drain(9_999)).toHaveLength(admitted.length);
      await Promise.all(desks.map((desk) => desk.close()));
    });
  });
}
