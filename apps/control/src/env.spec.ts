import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { ControlSettings } from './env.js';

const settings = (also: Record<string, string | undefined> = {}) => ({
  DATABASE_URL: 'postgresql://127.0.0.1/o10',
  O10_MASTER_KEY: randomBytes(32).toString('hex'),
  O10_KEY_PEPPER: randomBytes(32).toString('base64url'),
  O10_ADMIN_TOKEN: randomBytes(32).toString('base64url'),
  ...also,
});

const wrong = (also: Record<string, string | undefined>) =>
  ControlSettings.safeParse(settings(also))
    .error?.issues.map(({ path, message }) => `${path.join()}: ${message}`)
    .join();

test('random secrets are taken, whatever chance made', () => {
  for (let turn = 0; turn < 2_000; turn++) {
    expect(wrong({})).toBeUndefined();
    expect(wrong({ O10_ADMIN_TOKEN: randomBytes(16).toString('hex') })).toBeUndefined();
  }
});

test.each([
  ['no admin token', { O10_ADMIN_TOKEN: undefined }, 'O10_ADMIN_TOKEN: is missing'],
  ['an empty one', { O10_ADMIN_TOKEN: '' }, 'O10_ADMIN_TOKEN: needs at least 32'],
  ['a short one', { O10_ADMIN_TOKEN: randomBytes(12).toString('hex') }, 'needs at least 32'],
  ['an example', { O10_ADMIN_TOKEN: 'change-me-change-me-change-me-please' }, 'looks like an example'],
  ['a default', { O10_ADMIN_TOKEN: 'o10-default-admin-0987654321-zyxwvuts' }, 'looks like an example'],
  ['one letter many times', { O10_ADMIN_TOKEN: 'a'.repeat(64) }, 'looks like an example'],
  ['a master key of zeros', { O10_MASTER_KEY: '0'.repeat(64) }, 'O10_MASTER_KEY: is not random'],
  ['a short master key', { O10_MASTER_KEY: 'abcdef' }, 'needs 64 hexadecimal'],
  ['a short pepper', { O10_KEY_PEPPER: 'pepper' }, 'O10_KEY_PEPPER: needs at least 32'],
])('%s is refused', (_, also, words) => expect(wrong(also)).toContain(words));

test('the pepper does not serve as the token', () => {
  const secret = randomBytes(32).toString('hex');
  expect(wrong({ O10_ADMIN_TOKEN: secret, O10_KEY_PEPPER: secret })).toContain('must differ');
});
