/** The same worker with desk, feed, mirror store and queue in Redis; ledger and evidence stay in PostgreSQL. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { envelope } from '#postgres/admin/admin-fixture.spec-data.js';
import { redisAvailable, startRedis, type TestRedis } from '../../../test/support/redis.js';
import { Stage } from '../../../test/support/worker-stage.js';

describe.skipIf(!redisAvailable())('with Redis', () => {
  let redis: TestRedis;
  let stage: Stage;
  beforeAll(async () => {
    redis = await startRedis();
    stage = await Stage.open({
      settings: { REDIS_URL: redis.url, O10_SUPERVISED: '1' },
      envelopes: [envelope('shadow', { purpose: 'shadow' })],
    });
  });
  afterAll(async () => {
    await stage.close();
    await redis.stop();
  });

  test('mirror job → replay → ledger → verdict → snapshot', async () => {
    await stage.startWorker();
    for (let n = 0; n < 80; n++) await stage.mirror();
    await stage.until(`SELECT count(*) = 2 FROM ledger_entry WHERE kind = 'verdict'`);
    await stage.published(({ clearances }) => clearances.length === 1);
    expect((await stage.index()).snapshot.clearances).toMatchObject([{ candidate: 'south/small' }]);
    await stage.until(`SELECT count(*) = 80 FROM evidence_row WHERE candidate = 'south/small' AND state = 'scored'`);
    const sent = stage.dials('south') + stage.dials('west');
    await stage.until(`SELECT count(*) = $1 FROM ledger_entry WHERE kind = 'shadow_replay'`, [sent]);
    const [ledger] = await stage.rows<{ sum: string }>('SELECT sum(cost_pico)::text AS sum FROM ledger_entry');
    expect(ledger?.sum).toBe(stage.simulator.bill().totalPicoUsd);
  });
});
