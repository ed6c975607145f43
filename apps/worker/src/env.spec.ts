import { expect, test } from 'vitest';
import { WorkerSettings } from './env.js';

const whole = {
  DATABASE_URL: 'postgres://localhost/o10',
  O10_MASTER_KEY: '0123456789abcdef'.repeat(4),
  O10_SIGNING_KEY_FILE: '.o10/key.pem',
};

test('settings that are whole pass', () => {
  expect(WorkerSettings.parse(whole)).toMatchObject({ ORGANISATION: 'default', O10_MISSING_AFTER_SECONDS: 600 });
});

test.each([
  ['DATABASE_URL', undefined],
  ['O10_MASTER_KEY', undefined],
  ['O10_MASTER_KEY', 'abcd'],
  ['O10_MASTER_KEY', '0'.repeat(64)],
  ['O10_SIGNING_KEY_FILE', undefined],
  ['O10_SIGNING_KEY_FILE', ''],
  ['O10_LEDGER_ORIGIN', 'two words'],
  ['O10_SHADOW_CONCURRENCY', '0'],
])('%s = %s is refused by name', (name, value) => {
  const refused = WorkerSettings.safeParse({ ...whole, [name]: value });
  expect(new Set(refused.error?.issues.map((issue) => issue.path[0]))).toEqual(new Set([name]));
});
