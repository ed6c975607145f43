/** How many mirrored calls a second a worker replays against three candidates, venues and database on the same machine. Printed, not asserted. */
import { afterEach, expect, test } from 'vitest';
import { Stage } from '../../../test/support/worker-stage.js';

let stage: Stage;
afterEach(() => stage.close());

const calls = 1_000;

test('replays per second, with three candidates and venues that answer at once', async () => {
  stage = await Stage.open({
    thirdCandidate: true,
    tickets: calls + 1,
    useCase: {
      floor: { absolute: 0.02 },
      gate: {
        alpha: 0.05,
        slots: 5,
        samplesMin: 20,
        samplesMax: 5000,
        clustersMin: 20,
        spanHours: 0,
        evidenceExpiryDays: 30,
      },
    },
  });
  for (let n = 0; n < calls; n++) await stage.mirror();
  const startedAt = performance.now();
  await stage.startWorker();
  await stage.until(`SELECT count(*) = ${calls * 3} FROM evidence_row WHERE state IN ('scored', 'void')`, [], 60_000);
  const perSecond = (calls / (performance.now() - startedAt)) * 1_000;
  const [sent] = await stage.rows<{ count: number }>(
    `SELECT count(*)::int AS count FROM evidence_row WHERE state = 'scored'`,
  );
  process.stdout.write(`shadow: ${Math.round(perSecond)} mirrored calls/s, ${sent?.count} replays\n`);
  await stage.until(`SELECT count(*) = ${sent?.count} FROM ledger_entry WHERE kind = 'shadow_replay'`, [], 60_000);
  expect(await stage.rows(`SELECT 1 FROM evidence_row WHERE state = 'claimed'`)).toEqual([]);
}, 150_000);
