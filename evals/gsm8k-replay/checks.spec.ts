import { expect, test } from 'vitest';
import { Checks } from './checks.js';
import { overridesInWords } from './recorded-world.js';

const checked = () => {
  const said: string[] = [];
  return { said, checks: new Checks((line) => said.push(line)) };
};

test('a mismatch is counted, said with what was expected, and does not stop the run', () => {
  const { said, checks } = checked();
  checks.equal('ledger and bill', 10n ** 18n, 10n ** 18n + 1n);
  checks.equal('who served', { a: 1, b: 2 }, { b: 2, a: 1 });
  expect(checks.mismatches).toBe(1);
  expect(said).toEqual([
    'MISMATCH  ledger and bill: 1000000000000000000, expected 1000000000000000001',
    'ok        who served: {"a":1,"b":2}',
  ]);
});

test('an amount is not its text, and absent is not null', () => {
  const { checks } = checked();
  checks.equal('bigint and text', 1n, '1');
  checks.equal('nothing and null', undefined, null);
  expect(checks.mismatches).toBe(2);
});

test('evidence is compared to nine decimals, and no number is near nothing', () => {
  const { checks } = checked();
  checks.near('close', 4.605170185988092, 4.605170185988092 + 9e-10);
  checks.near('far', 4.605170185988092, 4.605170185988092 + 2e-9);
  checks.near('none', Number.NaN, 0);
  expect(checks.all.map(({ ok }) => ok)).toEqual([true, false, false]);
});

test('every term that differs from the defaults is said', () => {
  expect(overridesInWords()).toEqual([
    'at least 1 clusters instead of 30',
    'evidence over 0 hours instead of 72',
    '100 % of the calls replayed instead of 20 %, and then as planned',
    '100 % of enforced calls routed at once instead of 5 %, then 25 %, then 100 %',
    'the baseline asked on 0 % of enforced calls instead of 1 %',
    'shadow envelope 1000 USD per use case instead of 5 % of what the baseline costs',
  ]);
});
