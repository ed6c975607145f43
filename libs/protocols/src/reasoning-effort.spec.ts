import { expect, test } from 'vitest';
import { reasoningEffortOf } from './reasoning-effort.js';

test.each([
  [{}, null],
  [{ reasoning_effort: 'high' }, 'high'],
  [{ reasoning_effort: 'strange' }, null],
  [{ reasoning: { effort: 'low' } }, 'low'],
  [{ output_config: { effort: 'max' } }, 'xhigh'],
  [{ thinking: { type: 'disabled' } }, 'none'],
  [{ thinking: { type: 'adaptive' } }, 'medium'],
  [{ thinking: { type: 'enabled', budget_tokens: 1_024 } }, 'low'],
  [{ thinking: { type: 'enabled', budget_tokens: 4_096 } }, 'medium'],
  [{ thinking: { type: 'enabled', budget_tokens: 32_000 } }, 'high'],
  [{ thinking: 'yes', reasoning: 7 }, null],
])('%j asks for %s', (parsed, effort) => {
  expect(reasoningEffortOf(parsed)).toBe(effort);
});
