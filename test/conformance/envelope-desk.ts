/**
 * What every envelope desk must do. `describeEnvelopeDesk` is called by the int spec of each adapter; each test works
 * on an organisation of its own, so they share one server and never meet.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeskNotBuilt, type EnvelopeDesk } from '#contracts/envelope-desk.js';
import { nanoUsdMax } from '#contracts/money.js';
import {
  ending,
  envelope,
  figures,
  hourMs,
  inWords,
  newOrganisation,
  request,
  stateOf,
  windowAround,
} from './desk-fixtures.js';
import { describeDeskBooks } from './envelope-desk-books.js';
import { describeDeskAgainstModel } from './envelope-desk-against-model.js';
import { describeDeskRaces } from './envelope-desk-races.js';
import { describeDeskRebuild } from './envelope-desk-rebuild.js';

export type MakeDesk = (organisation: string) => EnvelopeDesk;

export function describeEnvelopeDesk(name: string, makeDesk: MakeDesk, { skip = false } = {}): void {
  describe.skipIf(skip)(`the envelope desk: ${name}`, () => {
    describeHolding(makeDesk);
    describeWindows(makeDesk);
    describeSettling(makeDesk);
    describeRecords(makeDesk);
    describeDeskRebuild(makeDesk);
    describeDeskBooks(makeDesk);
    describeDeskRaces(makeDesk);
    describeDeskAgainstModel(makeDesk);
  });
}

/** A built desk with these envelopes, made anew for each test. */
export function deskForEach(makeDesk: MakeDesk): { desk: EnvelopeDesk } {
  const held = {} as { desk: EnvelopeDesk };
  beforeEach(async () => {
    held.desk = makeDesk(newOrganisation());
    await held.desk.rebuild(
      stateOf({ envelopes: [envelope('org', 100n), envelope('team', 50n), envelope('chat', 10n)] }),
    );
  });
  afterEach(() => held.desk.close());
  return held;
}

function describeHolding(makeDesk: MakeDesk): void {
  describe('holding', () => {
    const at = deskForEach(makeDesk);

    test('all envelopes or none', async () => {
      const answers = await at.desk.hold([request('a', 10, 'org team chat'), request('b', 20, 'org team chat')]);
      expect(answers[0]).toEqual({
        outcome: 'held',
        holdId: 'a',
        envelopes: ['org', 'team', 'chat'].map((id) => ({ envelope: id, window: 'w' })),
        step: null,
        wouldRefuse: [],
        position: null,
      });
      expect(inWords(answers)).toEqual(['held', 'never_fits']);
      expect(await figures(at.desk, 'chat', 'org', 'team')).toEqual(['chat/w 0+10', 'org/w 0+10', 'team/w 0+10']);
    });

    test('holds of one batch see each other, in order', async () => {
      const answers = await at.desk.hold(['a', 'b', 'c', 'd'].map((id) => request(id, 4, 'chat')));
      expect(inWords(answers)).toEqual(['held', 'held', 'in_flight', 'in_flight']);
      expect(await figures(at.desk, 'chat')).toEqual(['chat/w 0+8']);
    });

    test('a smaller hold fits where a larger one did not', async () => {
      const answers = await at.desk.hold([request('a', 6, 'chat'), request('b', 5, 'chat'), request('c', 4, 'chat')]);
      expect(inWords(answers)).toEqual(['held', 'in_flight', 'held']);
    });

    test('an admitted hold asked for again has the first answer, whatever was asked', async () => {
      const first = await at.desk.hold([request('a', 10, 'org -chat', { line: 'gate' })]);
      expect(await at.desk.hold([request('a', 99, 'team', { line: 'other' })])).toEqual(first);
      await at.desk.settle([ending('a', 3)]);
      expect(await at.desk.hold([request('a', 10, 'org')])).toEqual(first);
      expect(await figures(at.desk, 'org', 'team', 'chat')).toEqual(['org/w 3+0', 'chat/w 3+0']);
    });

    test('within a batch an id is one request', async () => {
      const answers = await at.desk.hold([
        request('a', 6, 'chat'),
        request('a', 6, 'chat'),
        request('b', 7, 'chat'),
        request('b', 1, 'chat'),
      ]);
      expect(inWords(answers)).toEqual(['held', 'held', 'in_flight', 'in_flight']);
      expect(answers[1]).toEqual(answers[0]);
      expect(await figures(at.desk, 'chat')).toEqual(['chat/w 0+6']);
    });

    test('a refused id may ask again, and is admitted once there is room', async () => {
      await at.desk.hold([request('a', 8, 'chat')]);
      expect(inWords(await at.desk.hold([request('b', 5, 'chat')]))).toEqual(['in_flight']);
      await at.desk.settle([ending('a', 0)]);
      expect(inWords(await at.desk.hold([request('b', 5, 'chat')]))).toEqual(['held']);
    });

    test.each([
      ['larger than the limit', 0, 0, 11, 'never_fits'],
      ['the limit exactly', 0, 0, 10, null],
      ['what is settled leaves no room', 8, 0, 3, 'spent'],
      ['what is settled leaves room, what is held does not', 4, 4, 6, 'in_flight'],
      ['both leave room, just', 4, 4, 2, null],
      ['nothing, at the limit', 10, 0, 0, null],
      ['nothing, beyond the limit', 11, 0, 0, 'spent'],
    ])('%s', async (_name, settled, held, amount, reason) => {
      await at.desk.settle([ending('past', settled, 'chat/w')]);
      await at.desk.hold([request('other', held, 'chat')]);
      const [answer] = await at.desk.hold([request('a', amount, 'chat')]);
      if (reason === null) return expect(answer?.outcome).toBe('held');
      const resetsAtMs = expect.any(Number) as number;
      const limitNanoUsd = 10n;
      const counted = { settledNanoUsd: BigInt(settled), heldNanoUsd: BigInt(held) };
      expect(answer).toEqual({
        outcome: 'refused',
        holdId: 'a',
        refusal: { envelope: 'chat', reason, limitNanoUsd, ...counted, resetsAtMs },
      });
    });

    test('the refusal that no waiting mends is the one told, else the first asked for', async () => {
      await at.desk.putEnvelopes([envelope('big', 1000n), envelope('small', 5n), envelope('tiny', 5n)]);
      await at.desk.settle([ending('past', 95, 'org/w')]);
      await at.desk.hold([request('other', 45, 'team')]);
      const refuser = async (cover: string) => {
        const [answer] = await at.desk.hold([request('a', 6, cover)]);
        return answer?.outcome === 'refused' && `${answer.refusal.envelope} ${answer.refusal.reason}`;
      };
      expect(await refuser('big team')).toBe('team in_flight');
      expect(await refuser('team org')).toBe('org spent');
      expect(await refuser('team org small tiny')).toBe('small never_fits');
      expect(await refuser('tiny small org')).toBe('tiny never_fits');
    });

    test('an envelope that only accounts holds, and says it would have refused', async () => {
      const answers = await at.desk.hold([
        request('a', 11, 'org -chat -team'),
        request('b', 1, '-chat'),
        request('c', 1, 'chat'),
      ]);
      expect(answers[0]).toMatchObject({ outcome: 'held', wouldRefuse: ['chat'] });
      expect(answers[1]).toMatchObject({ outcome: 'held', wouldRefuse: ['chat'] });
      expect(inWords(answers)).toEqual(['held', 'held', 'in_flight']);
      expect(await figures(at.desk, 'chat')).toEqual(['chat/w 0+12']);
    });

    test('an envelope filled to the last nano-dollar refuses nothing, whoever else is full', async () => {
      await at.desk.hold([request('a', 5, 'chat')]);
      const [answer] = await at.desk.hold([request('b', 50, 'team -chat -org')]);
      expect(answer).toMatchObject({ outcome: 'held', wouldRefuse: ['chat'] });
      const [exact] = await at.desk.hold([request('c', 50, 'org -chat')]);
      expect(exact).toMatchObject({ outcome: 'held', wouldRefuse: ['chat'] });
    });

    test('steers from the share of the limit on, this hold included, on any envelope', async () => {
      await at.desk.putEnvelopes([
        envelope('s', 10n, { steerAtPercent: 80 }),
        envelope('odd', 3n, { steerAtPercent: 50 }),
        envelope('all', 10n, { steerAtPercent: 100 }),
      ]);
      const steps = async (...asked: [number, string][]) =>
        (await at.desk.hold(asked.map(([amount, cover], n) => request(`${cover} ${n}`, amount, cover)))).map(
          (a) => a.outcome === 'held' && a.step,
        );
      expect(await steps([7, 's'], [1, 's'], [1, 's'])).toEqual([null, 'steer', 'steer']);
      expect(await steps([1, 'odd'], [1, 'odd'])).toEqual([null, 'steer']);
      expect(await steps([9, 'all'], [1, 'org -all'])).toEqual([null, 'steer']);
    });

    test('numbers the admitted of a line from 1 without gaps', async () => {
      const positions = async (...asked: [string, number, string | undefined][]) =>
        (await at.desk.hold(asked.map(([id, amount, line]) => request(id, amount, 'chat', { line })))).map(
          (a) => a.outcome === 'held' && a.position,
        );
      expect(await positions(['a', 1, 'x'], ['b', 99, 'x'], ['c', 1, 'x'], ['d', 1, 'y'], ['e', 1, undefined])).toEqual(
        [1, false, 2, 1, null],
      );
      expect(await positions(['c', 1, 'x'], ['f', 1, 'x'], ['g', 1, 'y'])).toEqual([2, 3, 2]);
    });

    test('a call under no envelope is held on none', async () =>
      expect(await at.desk.hold([request('a', 5, '', { line: 'x' })])).toMatchObject([
        { outcome: 'held', envelopes: [], position: 1 },
      ]));

    test('counts exactly up to the largest limit, and amounts beyond fit nowhere', async () => {
      await at.desk.putEnvelopes([envelope('max', nanoUsdMax)]);
      const asked = [nanoUsdMax - 1n, 1n, 1n].map((amount, n) => request(`m${n}`, amount, 'max'));
      expect(inWords(await at.desk.hold(asked))).toEqual(['held', 'held', 'in_flight']);
      expect(
        inWords(
          await at.desk.hold([request('x', nanoUsdMax * 1000n, 'max'), request('y', nanoUsdMax * 1000n, '-org')]),
        ),
      ).toEqual(['never_fits', 'held']);
      await at.desk.settle([ending('m0', nanoUsdMax - 2n), ending('m1', 1), ending('y', 0)]);
      expect(await figures(at.desk, 'max', 'org')).toEqual([`max/w ${nanoUsdMax - 1n}+0`]);
      expect(inWords(await at.desk.hold([request('z', 2, 'max'), request('w', 1, 'max')]))).toEqual(['spent', 'held']);
    });

    test('no batch, no answer; a large batch, all of them', async () => {
      expect(await at.desk.hold([])).toEqual([]);
      expect(await at.desk.settle([])).toEqual([]);
      await at.desk.putEnvelopes([]);
      const answers = await at.desk.hold(
        Array.from({ length: 1500 }, (_, n) => request(`n${n}`, 1, 'org', { line: 'x' })),
      );
      expect(answers.map((a) => a.holdId)).toEqual(Array.from({ length: 1500 }, (_, n) => `n${n}`));
      expect(answers.filter((a) => a.outcome === 'held')).toHaveLength(100);
    });

    test('less than nothing is a bug of the caller', () =>
      expect(at.desk.hold([request('a', -1, 'org')])).rejects.toThrow(RangeError));
  });
}

function describeWindows(makeDesk: MakeDesk): void {
  describe('windows', () => {
    const at = deskForEach(makeDesk);

    test('an envelope that is not there, or has no window now, is unknown and holds nothing', async () => {
      const past = { ...windowAround('past', 3), endsAtMs: windowAround('', 1).startsAtMs };
      const future = windowAround('future', -1, 2);
      await at.desk.putEnvelopes([
        envelope('gone', 10n, { windows: [past, future] }),
        envelope('none', 10n, { windows: [] }),
      ]);
      const answers = await at.desk.hold([
        request('a', 1, 'org lost gone'),
        request('b', 1, 'org -gone'),
        request('c', 1, 'none'),
        request('d', 999, 'chat lost'),
      ]);
      expect(inWords(answers)).toEqual(['unknown lost', 'unknown gone', 'unknown none', 'unknown lost']);
      expect(await figures(at.desk, 'org', 'gone')).toEqual([]);
    });

    test('a hold and its settlement belong to the window of admission', async () => {
      const [first] = await at.desk.hold([request('a', 8, 'chat')]);
      const over = { id: 'w', startsAtMs: Date.now() - 2 * hourMs, endsAtMs: Date.now() - hourMs };
      await at.desk.putEnvelopes([envelope('chat', 10n, { windows: [over, windowAround('x', 1, null)] })]);
      const [second] = await at.desk.hold([request('b', 9, 'chat')]);
      expect(first).toMatchObject({ envelopes: [{ window: 'w' }] });
      expect(second).toMatchObject({ envelopes: [{ window: 'x' }] });
      await at.desk.settle([ending('a', 5, 'chat/x')]);
      expect(await figures(at.desk, 'chat')).toEqual(['chat/w 5+0', 'chat/x 0+9']);
      const [third] = await at.desk.hold([request('c', 2, 'chat')]);
      expect(third).toMatchObject({ refusal: { reason: 'in_flight', resetsAtMs: null } });
    });

    test('a limit lowered below what is spent refuses new holds and touches nothing else', async () => {
      await at.desk.hold([request('a', 6, 'chat')]);
      await at.desk.putEnvelopes([envelope('chat', 3n)]);
      expect(inWords(await at.desk.hold([request('b', 1, 'chat')]))).toEqual(['in_flight']);
      await at.desk.settle([ending('a', 6)]);
      expect(inWords(await at.desk.hold([request('b', 1, 'chat')]))).toEqual(['spent']);
      expect(await figures(at.desk, 'chat')).toEqual(['chat/w 6+0']);
      await at.desk.putEnvelopes([envelope('chat', 7n)]);
      expect(inWords(await at.desk.hold([request('b', 1, 'chat')]))).toEqual(['held']);
    });
  });

  test('a desk that was never built admits nothing and takes no envelopes, but counts what was spent', async () => {
    const desk = makeDesk(newOrganisation());
    await expect(desk.putEnvelopes([envelope('org', 10n)])).rejects.toThrow(DeskNotBuilt);
    expect(inWords(await desk.hold([request('a', 1, 'org')]))).toEqual(['unknown org']);
    await desk.settle([ending('b', 4, 'org/w')]);
    expect(await figures(desk, 'org')).toEqual(['org/w 4+0']);
    await desk.close();
  });
}

function describeSettling(makeDesk: MakeDesk): void {
  describe('settling', () => {
    const at = deskForEach(makeDesk);

    test('moves the actual cost, releases the rest', async () => {
      await at.desk.hold([request('a', 10, 'org chat'), request('b', 20, 'org')]);
      expect(await at.desk.settle([ending('a', 4, 'org/w chat/w')])).toEqual([{ holdId: 'a', outcome: 'settled' }]);
      expect(await figures(at.desk, 'org', 'chat')).toEqual(['org/w 4+20', 'chat/w 4+0']);
    });

    test('once: again, later or in the same batch, is `already` and appends nothing', async () => {
      await at.desk.hold([request('a', 10, 'org')]);
      const twice = await at.desk.settle([ending('a', 4), ending('a', 5)]);
      expect(twice.map((answer) => answer.outcome)).toEqual(['settled', 'already']);
      expect(await at.desk.settle([ending('b', 1, 'org/w'), ending('a', 9)])).toEqual([
        { holdId: 'b', outcome: 'settled' },
        { holdId: 'a', outcome: 'already' },
      ]);
      expect(await figures(at.desk, 'org')).toEqual(['org/w 5+0']);
      expect((await at.desk.drain(10)).map(({ record }) => record)).toEqual(['record a', 'record b']);
    });

    test('costs above the hold count in full', async () => {
      await at.desk.hold([request('a', 1, 'chat')]);
      await at.desk.settle([ending('a', 500)]);
      expect(await figures(at.desk, 'chat')).toEqual(['chat/w 500+0']);
      expect(inWords(await at.desk.hold([request('b', 0, 'chat')]))).toEqual(['spent']);
    });

    test('a hold the desk has forgotten counts once, on the windows named', async () => {
      const unknown = ending('ghost', 7, 'org/w chat/long-ago never-made/w');
      expect(await at.desk.settle([unknown])).toMatchObject([{ outcome: 'settled' }]);
      expect(await at.desk.settle([unknown])).toMatchObject([{ outcome: 'already' }]);
      expect(await figures(at.desk, 'org', 'chat', 'never-made')).toEqual([
        'org/w 7+0',
        'chat/long-ago 7+0',
        'never-made/w 7+0',
      ]);
    });

    test('a hold that arrives after its own ending holds nothing', async () => {
      await at.desk.settle([ending('late', 0)]);
      expect(await at.desk.hold([request('late', 5, 'org')])).toMatchObject([{ outcome: 'held', envelopes: [] }]);
      expect(await figures(at.desk, 'org')).toEqual([]);
      expect(await at.desk.expired(10)).toEqual([]);
    });

    test('an expired hold still counts until it is settled, on the windows it was held on', async () => {
      await at.desk.hold([request('a', 9, 'chat', { expiresInMs: 0 })]);
      expect(inWords(await at.desk.hold([request('b', 2, 'chat')]))).toEqual(['in_flight']);
      await at.desk.settle([ending('a', 9)]);
      expect(await figures(at.desk, 'chat')).toEqual(['chat/w 9+0']);
      expect(await at.desk.expired(10)).toEqual([]);
    });

    test('more than a desk counts, or less than nothing, is a bug of the caller', async () => {
      await expect(at.desk.settle([ending('a', nanoUsdMax * 2n)])).rejects.toThrow(RangeError);
      await expect(at.desk.settle([ending('a', -1)])).rejects.toThrow(RangeError);
    });
  });
}

function describeRecords(makeDesk: MakeDesk): void {
  describe('what waits', () => {
    const at = deskForEach(makeDesk);

    test('records wait in order until acknowledged, also those of refused calls', async () => {
      const text = JSON.stringify({ record: 'with "quotes",\n line feeds and Ünïcødé 💶' });
      await at.desk.settle([ending('a', 1, 'org/w', text), ending('refused', 0), ending('c', 0)]);
      const first = await at.desk.drain(2);
      expect(first.map(({ record }) => record)).toEqual([text, 'record refused']);
      expect(await at.desk.drain(2)).toEqual(first);
      await at.desk.acknowledge([first[1]?.cursor ?? '']);
      await at.desk.acknowledge([first[1]?.cursor ?? '']);
      await at.desk.acknowledge([]);
      expect((await at.desk.drain(9)).map(({ record }) => record)).toEqual([text, 'record c']);
    });

    test('a great many records keep their order, and are acknowledged in any', async () => {
      const records = Array.from({ length: 1_234 }, (_, n) => `record ${n}`);
      await at.desk.settle(records.map((record, n) => ending(`n${n}`, 0, '', record)));
      const waiting = await at.desk.drain(9_999);
      expect(waiting.map(({ record }) => record)).toEqual(records);
      await at.desk.acknowledge(waiting.map(({ cursor }) => cursor).reverse());
      expect(await at.desk.drain(9)).toEqual([]);
    });

    test('expired holds are listed, longest first, until they end', async () => {
      await at.desk.hold([
        request('late', 3, 'org -chat', { expiresInMs: -1000 }),
        request('soon', 1, '', { expiresInMs: 0 }),
      ]);
      await at.desk.hold([request('open', 2, 'org'), request('latest', 3, 'org', { expiresInMs: -2000 })]);
      const holds = await at.desk.expired(9);
      expect(holds.map(({ holdId }) => holdId)).toEqual(['latest', 'late', 'soon']);
      const envelopes = ['org', 'chat'].map((id) => ({ envelope: id, window: 'w' }));
      expect(holds[1]).toEqual({
        holdId: 'late',
        callId: 'call late',
        amountNanoUsd: 3n,
        envelopes,
        expiresAtMs: expect.any(Number) as number,
      });
      expect((await at.desk.expired(1)).map(({ holdId }) => holdId)).toEqual(['latest']);
      await at.desk.settle([ending('latest', 0)]);
      expect((await at.desk.expired(9)).map(({ holdId }) => holdId)).toEqual(['late', 'soon']);
    });
  });
}
