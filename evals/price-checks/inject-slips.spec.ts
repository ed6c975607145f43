import { expect, test } from 'vitest';
import { seededDraws } from '../gate-false-clear/false-clear.js';
import { injectSlip, slipKinds } from './inject-slips.js';

test.each([
  ['per million written per token', '0.25', '250000'],
  ['per token written per million', '2.5', '0.0000025'],
  ['a thousandth', '15', '0.015'],
  ['point one to the right', '0.075', '0.75'],
  ['a digit lost', '1.25', '1.2'],
  ['a digit lost', '3', null],
  ['two digits transposed', '1.25', '2.15'],
  ['doubled', '0.075', '0.150'],
  ['below zero', '5', '-5'],
])('%s: %s becomes %s', (kind, before, after) => {
  expect(slipKinds[kind]!(before)).toBe(after);
});

test('a slip changes one figure, on the line it says', () => {
  const file = { file: 'a.yaml', text: "prices:\n  - from: 2026-01-01\n    usdPerMillion: { output_text: '1.25' }\n" };
  const slip = injectSlip([file], seededDraws(7));
  expect(slip.line).toBe(3);
  expect(slip.text).toBe(file.text.replace(slip.before, slip.after));
});
