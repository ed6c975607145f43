/**
 * Fifty turns of one conversation, or one prompt asked fifty times, are one observation. Without the rule the same traffic
 * clears a candidate on two questions: that is run here too, so that this cannot pass for another reason.
 */
import { afterEach, expect, test } from 'vitest';
import { Stage } from '../../../test/support/worker-stage.js';

let stage: Stage;
afterEach(() => stage.close());

const gate = {
  alpha: 0.05,
  slots: 1,
  samplesMin: 20,
  samplesMax: 5_000,
  clustersMin: 20,
  spanHours: 0,
  evidenceExpiryDays: 30,
};
const session = 'd'.repeat(64);

async function samplesAfter(
  mirror: () => Promise<void>,
  without: string | null,
): Promise<{ samples: number; void: number }> {
  stage = await Stage.open({ useCase: { candidates: ['south/small'], gate, floor: { absolute: 0.5 } } });
  if (without !== null) await stage.rows(`DROP INDEX ${without}`);
  await stage.startWorker();
  await mirror();
  await stage.until(`SELECT next_position = 51 FROM evidence_line WHERE candidate = 'south/small'`);
  const [line] = await stage.rows<{ samples: number; void: number }>(
    `SELECT (state ->> 'samples')::int AS samples, (SELECT count(*)::int FROM evidence_row WHERE reason = 'same_cluster') AS void FROM evidence_line`,
  );
  return line!;
}

const turns = async () => {
  for (let turn = 0; turn < 50; turn++) await stage.mirror({ cluster: session });
};
const duplicates = async () => {
  for (let time = 0; time < 50; time++) await stage.mirror({ ticket: 7 });
};

test('fifty turns of one conversation are one sample', async () =>
  expect(await samplesAfter(turns, null)).toEqual({ samples: 1, void: 49 }));
test('fifty duplicates from fifty sessions are one sample', async () =>
  expect(await samplesAfter(duplicates, null)).toEqual({ samples: 1, void: 49 }));
test('without the rule for sessions, fifty turns count fifty times', async () =>
  expect(await samplesAfter(turns, 'evidence_row_cluster')).toMatchObject({ void: 0, samples: 50 }));
test('without the rule for prompts, fifty duplicates count fifty times', async () =>
  expect(await samplesAfter(duplicates, 'evidence_row_prompt')).toMatchObject({ void: 0, samples: 50 }));

test('a conversation in which nothing was observed lets its next turn count', async () => {
  stage = await Stage.open({ useCase: { candidates: ['south/small'], gate } });
  await stage.startWorker();
  await stage.mirror({ cluster: session, pointer: null });
  await stage.mirror({ cluster: session });
  await stage.until(`SELECT next_position = 3 FROM evidence_line`);
  const rows = await stage.rows(`SELECT state, reason FROM evidence_row ORDER BY position`);
  expect(rows).toEqual([
    { state: 'void', reason: 'not_kept' },
    { state: 'scored', reason: null },
  ]);
});
