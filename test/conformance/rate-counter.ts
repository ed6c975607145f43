/** What every rate counter must do. Its clock is its own, so what is asserted holds however long anything takes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RateCounter } from '#contracts/rate-counter.js';

export function describeRateCounter(
  name: string,
  makeCounter: (organisation: string) => RateCounter,
  { skip = false } = {},
): void {
  describe.skipIf(skip)(`the rate counter: ${name}`, () => {
    let [here, there, elsewhere] = [] as unknown as [RateCounter, RateCounter, RateCounter];
    beforeAll(() => {
      const organisation = randomUUID();
      [here, there, elsewhere] = [makeCounter(organisation), makeCounter(organisation), makeCounter(randomUUID())];
    });
    afterAll(() => Promise.all([here, there, elsewhere].map((counter) => counter.close())));

    /** So slow that nothing asked twice in a test is admitted twice. */
    const onceAnHour = 1 / 3_600;
    const ask = (subject: string, perSecond: number, count = 1) =>
      Array.from({ length: count }, () => ({ subject, perSecond }));
    const admitted = (answers: (number | null)[]) => answers.filter((wait) => wait === null).length;

    test('is one for all who ask, in batches and beside each other', async () => {
      const batches = Array.from({ length: 10 }, (_, n) => (n % 2 ? here : there).take(ask('team', onceAnHour, 3)));
      const answers = (await Promise.all(batches)).flat();
      expect(answers).toHaveLength(30);
      expect(admitted(answers)).toBe(1);
      for (const wait of answers) expect(wait === null || (wait > 3_500_000 && wait <= 3_600_000)).toBe(true);
    });

    test('is each one’s own, and each organisation’s', async () => {
      const both = await here.take([...ask('one', onceAnHour), ...ask('other', onceAnHour), ...ask('one', onceAnHour)]);
      expect(both.map((wait) => wait === null)).toEqual([true, true, false]);
      expect(await elsewhere.take(ask('one', onceAnHour))).toEqual([null]);
      expect(await here.take([])).toEqual([]);
    });

    test('lets a burst of a second’s worth pass, and then so many a second', async () => {
      const startedAt = performance.now();
      const answers = await here.take(ask('bursts', 5, 20));
      const most = 5 + Math.ceil((performance.now() - startedAt) / 200);
      expect(admitted(answers)).toBeGreaterThanOrEqual(5);
      expect(admitted(answers)).toBeLessThanOrEqual(most);
      expect(answers.at(-1)).toBeLessThanOrEqual(200);
    });

    test('counts nothing it refuses: whoever waits is admitted, however often asked meanwhile', async () => {
      await here.take(ask('insistent', 20, 20));
      await expect.poll(() => there.take(ask('insistent', 20)), { timeout: 5_000, interval: 1 }).toEqual([null]);
    });
  });
}
